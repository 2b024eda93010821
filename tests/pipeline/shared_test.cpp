// Addresses that directors share: answered and served only while they are held, and the VRRP that
// workers carry for the heart.

#include <algorithm>
#include <cstring>

#include "net/vrrp.h"
#include "rig.h"

namespace weir::test {
namespace {

const mac_address client_mac{{0x02, 0, 0, 0, 0, 7}};
const mac_address other_mac{{0x02, 0, 0, 0, 0, 9}}; // another director's
const mac_address everyone = mac_address::broadcast();

class shared : public testing::Test {
protected:
    shared() {
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
        r.service({.listen = "192.0.2.100:443/tcp",
                   .mode = forward_mode::nat,
                   .servers = {"198.51.100.12"}});
        r.service({.listen = "[2001:db8::100]:53/udp", .servers = {"2001:db8:1::11"}});
        r.plane().share({{parse_address("192.0.2.100").value(), 1},
                         {parse_address("2001:db8::100").value(), 1},
                         {parse_address("192.0.2.1").value(), 200}},
                        {{wan, 51, false}, {wan, 51, true}});
        r.turn();
    }
    packet from_client() { return packet().mac(client_mac, port_mac(wan)).from("192.0.2.7"); }
    packet from_client6() { return packet().mac(client_mac, port_mac(wan)).from("2001:db8::7"); }
    packet who_has(std::string_view address) {
        return packet().mac(client_mac, everyone).from("192.0.2.7").to(address).arp_request();
    }
    /// Until the time stamp counter is so far on.
    void hold(ha::group_id group, std::uint64_t ticks = std::uint64_t{1} << 50) {
        r.state().lease.groups[group / 64] |= std::uint64_t{1} << group % 64;
        r.state().lease.until = rte_rdtsc() + ticks;
    }
    void let_go() {
        for (auto& bits : r.state().lease.groups)
            bits = 0;
    }
    void pass_to_other(port_id port = wan, std::uint64_t ticks = std::uint64_t{1} << 50) {
        r.state().successions.set(1, static_cast<std::uint8_t>(port), other_mac,
                                  rte_rdtsc() + ticks);
    }
    static packet passed(packet p, port_id port = wan) {
        return p.mac(port_mac(port), other_mac).ttl(63);
    }
    /// An advertisement of VRID `id`, as an IP packet in a frame to the group.
    bytes_of_frame advertisement(std::uint8_t id, bool v6 = false) {
        const ip_address vip = parse_address(v6 ? "2001:db8::100" : "192.0.2.100").value();
        bytes_of_frame frame(sizeof(ether_header) + vrrp_room);
        const std::size_t length =
            make_vrrp({.source = parse_address(v6 ? "fe80::3" : "192.0.2.3").value(),
                       .destination = vrrp_group(v6),
                       .id = id,
                       .priority = 100,
                       .interval = 100,
                       .addresses = {&vip, 1}},
                      std::span(frame).subspan(sizeof(ether_header)));
        frame.resize(sizeof(ether_header) + length);
        header_at<ether_header>(frame.data(), 0) = {vrrp_group_mac(v6), client_mac,
                                                    ether_type_of(v6)};
        return frame;
    }
    ha::letter_ring& to_send() { return r.state().posts[0].memory->to_send; }
    ha::letter_ring& received() { return r.state().posts[0].memory->received; }

    rig r;
    bytes_of_frame sent;
};

TEST_F(shared, not_held_is_dropped_and_never_linuxs) {
    constexpr auto not_held = drop_reason::not_held;
    r.expect("ARP").in(wan, who_has("192.0.2.100")).dropped(not_held);
    r.expect("ARP for the gateway").in(wan, who_has("192.0.2.1")).dropped(not_held);
    r.expect("solicitation").in(wan, from_client6().solicit("2001:db8::100")).dropped(not_held);
    r.expect("ping").in(wan, from_client().to("192.0.2.100").echo(1, 2)).dropped(not_held);
    r.expect("ping, IPv6").in(wan, from_client6().to("2001:db8::100").echo(1, 2)).dropped(not_held);
    r.expect("SYN").in(wan, request().syn()).dropped(not_held);
    r.expect("ACK").in(wan, request().ack()).dropped(not_held);
    r.expect("no service there")
        .in(wan, from_client().to("192.0.2.100").udp(1, 2))
        .dropped(not_held);
    r.expect("to the gateway").in(wan, from_client().to("192.0.2.1").udp(1, 2)).dropped(not_held);
    r.expect("the first fragment")
        .in(wan, from_client6().to("2001:db8::100").udp(1, 53).payload(64).fragment(0, true).id(7))
        .dropped(not_held);
    r.expect("a later one")
        .in(wan, from_client().to("192.0.2.100").udp(1, 80).payload(64).fragment(64, false).id(8))
        .dropped(not_held);
    r.expect("the twin's own").in(wan, who_has("192.0.2.2")).to_twin(wan);
    EXPECT_EQ(r.long_way(), 0u);
}

TEST_F(shared, held_is_answered_and_served) {
    hold(1);
    r.expect("ARP").in(wan, who_has("192.0.2.100")).out(wan, &sent);
    r.expect("ARP for another group's")
        .in(wan, who_has("192.0.2.1"))
        .dropped(drop_reason::not_held);
    hold(200);
    r.expect("ARP for the gateway").in(wan, who_has("192.0.2.1")).out(wan, &sent);
    r.expect("solicitation").in(wan, from_client6().solicit("2001:db8::100")).out(wan, &sent);
    r.expect("ping of the gateway")
        .in(wan, from_client().to("192.0.2.1").echo(1, 2))
        .out(wan, &sent);
    r.expect("nothing listens at the gateway")
        .in(wan, from_client().to("192.0.2.1").tcp(1, 22).syn())
        .out(wan, &sent)
        .dropped(drop_reason::no_service);
    r.expect("SYN")
        .in(wan, request().syn())
        .out(lan, sent_on(request().syn(), lan, "198.51.100.11"));
}

TEST_F(shared, a_known_flow_goes_on_when_another_holds_the_address) {
    hold(1);
    r.expect("SYN")
        .in(wan, request().syn())
        .out(lan, sent_on(request().syn(), lan, "198.51.100.11"));
    let_go();
    r.expect("ACK")
        .in(wan, request().ack())
        .out(lan, sent_on(request().ack(), lan, "198.51.100.11"));
    r.expect("another's SYN").in(wan, request(40002).syn()).dropped(drop_reason::not_held);
}

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

TEST_F(shared, a_lease_that_ran_out_holds_nothing) {
    hold(1);
    r.expect("ARP").in(wan, who_has("192.0.2.100")).out(wan, &sent);
    r.state().lease.until = rte_rdtsc();
    r.expect("ARP").in(wan, who_has("192.0.2.100")).dropped(drop_reason::not_held);
    r.expect("SYN").in(wan, request().syn()).dropped(drop_reason::not_held);
}

TEST_F(shared, vrrp_of_our_routers_comes_to_the_heart_and_other_vrrp_to_linux) {
    r.expect("no heart yet").in(wan, advertisement(51)).to_twin(wan);
    r.state().make_letterboxes();
    for (const bool v6 : {false, true}) {
        const bytes_of_frame frame = advertisement(51, v6);
        const std::uint64_t before = rte_rdtsc();
        r.feed(wan, 0, frame);
        r.turn();
        const ha::letter* const l = received().front();
        ASSERT_NE(l, nullptr);
        EXPECT_EQ(l->port, wan);
        EXPECT_GE(l->time, before);
        ASSERT_EQ(l->length, frame.size() - sizeof(ether_header));
        EXPECT_EQ(std::memcmp(l->bytes.data(), frame.data() + sizeof(ether_header), l->length), 0);
        vrrp_message message;
        EXPECT_EQ(parse_vrrp({l->bytes.data(), l->length}, vrrp_version::v3, false, message),
                  vrrp_fault::none);
        received().done();
    }
    EXPECT_EQ(r.state().books[0].heard.get(), 2u);
    r.expect("another VRID").in(wan, advertisement(52)).to_twin(wan);
    bytes_of_frame on_lan = advertisement(51);
    r.expect("another port").in(lan, on_lan).to_twin(lan);
    for (std::uint32_t i = 0; i < ha::letter_ring::size; ++i)
        r.feed(wan, 0, advertisement(51));
    for (int i = 0; i < 4; ++i)
        r.turn();
    r.expect("nobody takes letters").in(wan, advertisement(51)).dropped(drop_reason::ring_full);
    EXPECT_TRUE(r.books_balance()) << r.books();
}

TEST_F(shared, letters_of_the_heart_are_sent_in_time_or_not_at_all) {
    r.state().make_letterboxes();
    const bytes_of_frame frame = advertisement(51);
    const auto post = [&](std::uint64_t until, ha::letter::content what) {
        ha::letter* const l = to_send().room();
        const std::size_t at = what == ha::letter::content::frame ? 0 : sizeof(ether_header);
        l->time = until;
        l->port = wan;
        l->what = what;
        l->hop = parse_address("192.0.2.7").value();
        l->length = static_cast<std::uint16_t>(frame.size() - at);
        std::memcpy(l->bytes.data(), frame.data() + at, l->length);
        to_send().put();
        r.turn();
        EXPECT_EQ(to_send().front(), nullptr);
    };
    const std::uint64_t later = rte_rdtsc() + (std::uint64_t{1} << 50);
    post(later, ha::letter::content::frame);
    ASSERT_EQ(r.sent()[wan].size(), 1u);
    EXPECT_EQ(r.sent()[wan].front(), frame);
    r.sent()[wan].clear();
    post(rte_rdtsc() - 1, ha::letter::content::frame);
    EXPECT_TRUE(r.sent()[wan].empty());
    EXPECT_EQ(r.state().books[0].generated_lost.get(), 1u);

    post(later, ha::letter::content::packet);
    ASSERT_EQ(r.sent()[wan].size(), 1u);
    const auto& ether = header_at<ether_header>(r.sent()[wan].front().data(), 0);
    EXPECT_EQ(ether.destination, mac_of("192.0.2.7"));
    EXPECT_EQ(ether.source, port_mac(wan));
    r.sent()[wan].clear();
    r.forget_neighbour(wan, "192.0.2.7");
    post(later, ha::letter::content::packet);
    EXPECT_TRUE(r.sent()[wan].empty());
    EXPECT_EQ(r.state().books[0].generated.get(), 2u);
    EXPECT_EQ(r.state().books[0].generated_lost.get(), 2u);
}

} // namespace
} // namespace weir::test
