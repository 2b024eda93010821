// Addresses that directors share: answered and served only while they are held, and the VRRP that
// workers carry for the heart.

#include <algorithm>
#include <cstring>

#include "shared_site.h"

namespace weir::test {
namespace {

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
