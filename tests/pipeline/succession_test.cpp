// Addresses that change hands between directors: the old and the new holder pass each other what
// the other one can handle.

#include <algorithm>
#include <string>

#include "shared_site.h"

namespace weir::test {
namespace {

/// Group 1 changes hands, and this is the other one on port wan; `from` and `to`: as they leave.
TEST_F(shared, what_the_new_holder_handles_is_passed_to_it) {
    pass_to_other();
    r.expect("SYN").in(wan, request().syn()).out(wan, passed(request().syn()));
    r.expect("ACK").in(wan, request().ack()).out(wan, passed(request().ack()));
    const auto ping = [this] { return from_client().to("192.0.2.100").echo(1, 2); };
    r.expect("ping").in(wan, ping()).out(wan, passed(ping()));
    const auto ping6 = [this] { return from_client6().to("2001:db8::100").echo(1, 2); };
    r.expect("ping, IPv6").in(wan, ping6()).out(wan, passed(ping6()));
    EXPECT_EQ(r.state().books[0].passed_over.get(), 4u);
    // ARP is for who holds; what came from the other one does not go back; nor do old packets.
    r.expect("ARP").in(wan, who_has("192.0.2.100")).dropped(drop_reason::not_held);
    r.expect("from the other one")
        .in(wan, request().syn().mac(other_mac, port_mac(wan)))
        .dropped(drop_reason::not_held);
    r.expect("TTL 1").in(wan, request().syn().ttl(1)).dropped(drop_reason::not_held);
    r.expect("another group's")
        .in(wan, from_client().to("192.0.2.1").echo(1, 2))
        .dropped(drop_reason::not_held);
    r.state().successions.clear(1, wan);
    r.expect("afterwards").in(wan, request().syn()).dropped(drop_reason::not_held);
}

TEST_F(shared, what_only_the_old_holder_knows_is_passed_to_it) {
    hold(1);
    pass_to_other();
    r.expect("SYN")
        .in(wan, request().syn())
        .out(lan, sent_on(request().syn(), lan, "198.51.100.11"));
    r.expect("another's ACK").in(wan, request(40002).ack()).out(wan, passed(request(40002).ack()));
    r.expect("which comes back: it does not know it either")
        .in(wan, request(40002).ack().mac(other_mac, port_mac(wan)))
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
    // A NAT server's answer.
    const auto answer = [](std::uint16_t port) {
        return packet()
            .mac(client_mac, port_mac(lan))
            .from("198.51.100.12")
            .to("192.0.2.7")
            .tcp(443, port)
            .syn()
            .ack();
    };
    r.expect("SYN, NAT")
        .in(wan, from_client().to("192.0.2.100").tcp(40001, 443).syn())
        .out(lan, &sent);
    r.expect("of a connection known here").in(lan, answer(40001)).out(wan, &sent);
    r.expect("of an unknown one; nobody there on this port").in(lan, answer(40002)).to_twin(lan);
    pass_to_other(lan);
    r.expect("of an unknown one").in(lan, answer(40002)).out(lan, passed(answer(40002), lan));
    r.state().successions.set(1, wan, other_mac, 0);
}

/// The client's port is used again, and the old holder has seen the SYN.
TEST_F(shared, what_is_over_here_may_be_a_new_connection_there) {
    const auto served = [](const packet& p) { return sent_on(p, lan, "198.51.100.11"); };
    hold(1);
    r.expect("SYN").in(wan, request().syn()).out(lan, served(request().syn()));
    pass_to_other();
    r.expect("while it is open").in(wan, request().ack()).out(lan, served(request().ack()));
    r.expect("another's SYN").in(wan, request(40002).syn()).out(lan, served(request(40002).syn()));
    const auto fin = [] { return request(40002).fin().ack(); };
    r.expect("its FIN").in(wan, fin()).out(lan, served(fin()));
    const auto data = [] { return request(40002).ack(); };
    r.expect("of a later connection").in(wan, data()).out(wan, passed(data()));
    r.expect("the other one knows no better")
        .in(wan, data().mac(other_mac, port_mac(wan)))
        .out(lan, served(data()));
    r.expect("one that begins here")
        .in(wan, request(40002).syn())
        .out(lan, served(request(40002).syn()));
}

/// SIGSTOP, SIGCONT: what waited meanwhile is old, and another director may hold the address since.
TEST_F(shared, what_waited_while_the_process_was_stopped_is_dropped) {
    hold(1);
    r.expect("SYN")
        .in(wan, request().syn())
        .out(lan, sent_on(request().syn(), lan, "198.51.100.11"));
    r.state().clock.advance(1);
    r.expect("a second later")
        .in(wan, request().ack())
        .out(lan, sent_on(request().ack(), lan, "198.51.100.11"));
    r.state().clock.advance(3);
    r.expect("after a stop").in(wan, request().ack()).dropped(drop_reason::not_held);
    r.expect("what comes since")
        .in(wan, request().ack())
        .out(lan, sent_on(request().ack(), lan, "198.51.100.11"));
    EXPECT_TRUE(r.books_balance()) << r.books();
}

/// A VIP that several directors serve at once, by routes: a connection that a router moves here may
/// not be known yet.
TEST_F(shared, what_all_directors_place_alike_goes_to_its_server_without_an_entry) {
    r.service({.listen = "203.0.113.100:80/tcp",
               .servers = {"198.51.100.11", "198.51.100.12", "198.51.100.13"},
               .scheduler = "mh"});
    r.service({.listen = "203.0.113.100:81/tcp", .servers = {"198.51.100.11"}});
    const auto to = [](int client, std::uint16_t port) {
        return packet()
            .mac(client_mac, port_mac(wan))
            .from("192.0.2." + std::to_string(client))
            .to("203.0.113.100")
            .tcp(40001, port);
    };
    r.expect("a director without peers")
        .in(wan, to(21, 80).ack())
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
    r.plane().set_peers({parse_address("192.0.2.3").value()});
    r.turn();
    for (int client = 21; client <= 40; ++client) {
        r.expect("before its SYN is known").in(wan, to(client, 80).ack()).out(lan, &sent);
        const bytes_of_frame first = sent;
        r.expect("its SYN").in(wan, to(client, 80).syn()).out(lan, &sent);
        EXPECT_TRUE(std::equal(first.begin(), first.begin() + 6, sent.begin())) << client;
    }
    EXPECT_EQ(r.state().flows->size(), 20u);
    r.expect("another scheduler")
        .in(wan, to(21, 81).ack())
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
}

TEST_F(shared, a_succession_ends_by_itself) {
    pass_to_other(wan, 0);
    r.expect("SYN").in(wan, request().syn()).dropped(drop_reason::not_held);
}

} // namespace
} // namespace weir::test
