// Whence a packet may come: addresses that cannot send, a NAT server that would be its own client,
// and ports by which a source does not come (`source-check`).

#include "duties.h"

namespace weir::test {
namespace {

TEST_F(duties, nothing_comes_from_an_address_that_cannot_send) {
    constexpr auto false_source = drop_reason::false_source;
    for (const char* source : {"192.0.2.2", "198.51.100.1", "192.0.2.255", "198.51.100.255"}) {
        const packet p = packet().mac(client_mac, port_mac(wan)).from(source).to("192.0.2.100");
        expect_silence("a SYN", packet(p).tcp(40000, 80).syn(), false_source);
        expect_silence("no service", packet(p).tcp(40000, 81).syn(), false_source);
        expect_silence("a ping", packet(p).echo(1, 2), false_source);
        expect_silence("another protocol", packet(p).proto(103).payload(8), false_source);
    }
    r.service({.listen = "192.0.2.101:80/tcp", .servers = {"198.51.100.11"}});
    r.service({.listen = "[2001:db8::101]:80/tcp", .servers = {"2001:db8:1::11"}});
    for (const auto& [source, vip] : {std::pair{"192.0.2.101", "192.0.2.100"},
                                      {"2001:db8::101", "2001:db8::100"},
                                      {"2001:db8::2", "2001:db8::100"}}) {
        const packet p = packet().mac(client_mac, port_mac(wan)).from(source).to(vip);
        expect_silence("a SYN", packet(p).tcp(40000, 80).syn(), false_source);
        expect_silence("a ping", packet(p).echo(1, 2), false_source);
    }
    r.expect("a neighbour of these")
        .in(wan, from_host(wan, "192.0.2.8").to("192.0.2.100").tcp(40000, 80).syn())
        .out(lan, &sent);
}

TEST_F(duties, a_nat_server_is_not_its_own_client) {
    for (const bool one_packet : {false, true}) {
        const std::string port = one_packet ? "54" : "53";
        r.service({.listen = "192.0.2.100:" + port + "/udp",
                   .mode = forward_mode::nat,
                   .servers = {"198.51.100.11", "198.51.100.12"},
                   .one_packet = one_packet});
        const auto ask = [&](const char* who) {
            return from_host(lan, who).to("192.0.2.100").udp(1000, one_packet ? 54 : 53);
        };
        r.expect("to itself").in(lan, ask("198.51.100.11")).dropped(drop_reason::false_source);
        r.expect("to the other").in(lan, ask("198.51.100.11")).out(lan, &sent);
        EXPECT_EQ(ip_in(sent).destination, address_of("198.51.100.12"));
    }
    r.service({.listen = "[2001:db8::100]:53/udp",
               .mode = forward_mode::nat,
               .servers = {"2001:db8:1::12"}});
    r.expect("IPv6")
        .in(lan, from_host(lan, "2001:db8:1::12").to("2001:db8::100").udp(1000, 53))
        .dropped(drop_reason::false_source);
    for (target_id id = 1; id < 9; ++id)
        EXPECT_EQ(r.state().servers->load(id).active + r.state().servers->load(id).inactive,
                  id == 4 ? 1u : 0u)
            << id << ": counted only where a flow is";
}

TEST_F(duties, a_source_comes_by_the_port_of_its_route) {
    struct ends {
        const char *vip, *listen, *client, *server, *stranger;
    };
    for (const ends& e :
         {ends{"192.0.2.100", "192.0.2.100:81/tcp", "192.0.2.7", "198.51.100.11", "100.64.0.1"},
          ends{"2001:db8::100", "[2001:db8::100]:81/tcp", "2001:db8::7", "2001:db8:1::11",
               "2001:db8:99::1"}}) {
        for (const port_id port : {wan, lan})
            r.plane().set_source_check(port, source_check::off);
        r.service({.listen = e.listen, .mode = forward_mode::nat, .servers = {e.server}});
        const packet syn = from_host(wan, e.client).to(e.vip).tcp(40001, 81).syn();
        const packet answer = packet()
                                  .mac(mac_of(e.server), port_mac(wan))
                                  .from(e.server)
                                  .to(e.client)
                                  .tcp(81, 40001)
                                  .ack();
        const packet from_stranger =
            packet().mac(client_mac, port_mac(wan)).from(e.stranger).to(e.vip);
        const packet wrong_client =
            packet().mac(mac_of(e.client), port_mac(lan)).from(e.client).to(e.vip).tcp(40002, 81);
        r.expect("a SYN").in(wan, syn).out(lan, &sent);
        r.expect("off: a forged answer is believed").in(wan, answer).out(wan, &sent);
        r.expect("and a source without a route")
            .in(wan, packet(from_stranger).tcp(40001, 81).syn())
            .out(lan, &sent);

        r.plane().set_source_check(wan, source_check::loose);
        r.turn();
        r.expect("loose: there is a route").in(wan, answer).out(wan, &sent);
        r.expect("and here none")
            .in(wan, packet(from_stranger).tcp(40001, 81).ack())
            .dropped(drop_reason::wrong_way);
        r.expect("of any kind")
            .in(wan, packet(from_stranger).echo(1, 2))
            .dropped(drop_reason::wrong_way);

        r.plane().set_source_check(wan, source_check::strict);
        r.plane().set_source_check(lan, source_check::strict);
        r.turn();
        r.expect("strict: the wrong port").in(wan, answer).dropped(drop_reason::wrong_way);
        r.expect("a client's, too")
            .in(lan, packet(wrong_client).syn())
            .dropped(drop_reason::wrong_way);
        r.expect("the right one")
            .in(lan, from_host(lan, e.server).to(e.client).tcp(81, 40001).ack())
            .out(wan, &sent);
        EXPECT_EQ(ip_in(sent).source, address_of(e.vip));
        r.expect("and the client's").in(wan, packet(syn)).out(lan, &sent);
        r.expect("what is Linux's is Linux's to check")
            .in(wan, packet()
                         .mac(client_mac, port_mac(wan))
                         .from(e.stranger)
                         .to(e.vip[0] == '1' ? "192.0.2.2" : "2001:db8::2")
                         .tcp(1, 22)
                         .syn())
            .to_twin(wan);
    }
}

/// Gaps that dropped packets leave in a burst close in order.
TEST_F(duties, a_source_check_drops_from_the_midst_of_a_burst) {
    r.service({.listen = "192.0.2.100:81/tcp", .servers = {"198.51.100.11"}});
    r.plane().set_source_check(wan, source_check::strict);
    r.turn();
    for (std::uint16_t i = 0; i < 24; ++i)
        r.feed(wan, 0,
               packet()
                   .mac(client_mac, port_mac(wan))
                   .from(i % 3 == 1 ? "198.51.100.9" : "192.0.2.7")
                   .to("192.0.2.100")
                   .tcp(static_cast<std::uint16_t>(1000 + i), 81)
                   .syn()
                   .bytes());
    r.turn();
    EXPECT_EQ(r.drops(drop_reason::wrong_way), 8u);
    ASSERT_EQ(r.sent()[lan].size(), 16u);
    for (std::uint16_t i = 0; i < 24; ++i) {
        if (i % 3 == 1) continue;
        EXPECT_EQ(ip_in(r.sent()[lan].front()).source_port(), 1000 + i);
        r.sent()[lan].pop_front();
    }
}

} // namespace
} // namespace weir::test
