// What Linux would do with a packet for an address of its own, weir does for VIPs: Linux, which
// does not have them, never sees one.

#include "duties.h"
#include "net/answer_link.h"

namespace weir::test {
namespace {

TEST_F(duties, other_protocols_are_refused) {
    constexpr auto no_protocol = drop_reason::no_protocol;
    for (const sides& s : both) {
        expect_refused("PIM", s, to_vip(s).proto(103).payload(40));
        expect_refused("ESP", s, to_vip(s).proto(50).payload(40));
        expect_refused("VRRP of no router of ours", s, to_vip(s).proto(112).payload(20));
        expect_refused("IP in IP", s, to_vip(s).carry(request().syn().bytes()));
        expect_refused("the first piece of PIM", s,
                       to_vip(s).fragment(0, true).id(7).proto(103).payload(40));
        expect_silence("a later one", to_vip(s).fragment(40, false).id(7).proto(103).payload(40),
                       no_protocol);
        expect_silence("no next header", to_vip(s).proto(59).payload(8), no_protocol);
        expect_silence("PIM to all on the link",
                       to_vip(s).mac(client_mac, everyone).proto(103).payload(40),
                       drop_reason::martian);
        expect_silence("a SYN to all on the link",
                       to_vip(s).mac(client_mac, everyone).tcp(40000, 80).syn(),
                       drop_reason::martian);
    }
    expect_silence("hop-by-hop options behind others",
                   to_vip(both[1]).extension(60).extension(0).proto(103).payload(8), no_protocol);
}

TEST_F(duties, icmp_that_weir_does_not_act_on_ends_here) {
    constexpr auto unwanted = drop_reason::icmp_unwanted;
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{0, 5, 9, 10, 13, 15, 17, 99})
        expect_silence("ICMP", to_vip(both[0]).icmp(type, 0).payload(20), unwanted);
    for (const std::uint8_t type :
         std::initializer_list<std::uint8_t>{129, 130, 131, 133, 134, 137, 200})
        expect_silence("ICMPv6", to_vip(both[1]).icmp(type, 0).payload(20), unwanted);
    expect_silence("a solicitation of another's address, sent to the VIP",
                   packet(to_vip(both[1])).solicit("2001:db8::2").to("2001:db8::100"), unwanted);
    for (const sides& s : both) {
        const bytes_of_frame answer =
            packet().from(s.vip).to(s.client).tcp(80, 40001).ack().bytes();
        expect_silence("an error with a short quote",
                       to_vip(s).icmp(s.v6 ? 1 : 3, s.v6 ? 4 : 1).about(answer, s.v6 ? 44 : 24),
                       unwanted);
        expect_silence("an error about no flow",
                       to_vip(s).icmp(s.v6 ? 1 : 3, s.v6 ? 4 : 1).about(answer),
                       drop_reason::icmp_unmatched);
        expect_silence("an error about a tunnel of another's",
                       to_vip(s)
                           .icmp(s.v6 ? 1 : 3, s.v6 ? 4 : 1)
                           .about(packet().from(s.vip).to(s.client).carry(answer).bytes()),
                       drop_reason::icmp_unmatched);
    }
}

TEST_F(duties, a_large_ping_is_answered_piece_by_piece_in_any_order) {
    for (const sides& s : both) {
        const bytes_of_frame ping = to_vip(s).echo(7, 1).payload(3000).bytes();
        const bytes_of_frame pong = packet()
                                        .mac(port_mac(wan), client_mac)
                                        .from(s.vip)
                                        .to(s.client)
                                        .echo_reply(7, 1)
                                        .payload(3000)
                                        .bytes();
        const auto asked = fragments_of(ping, 1500, 77);
        const auto answer = fragments_of(pong, 1500, 77);
        ASSERT_EQ(asked.size(), 3u);
        for (std::size_t i = 0; i < 3; ++i)
            r.expect("in order").in(wan, asked[i]).out(wan, answer[i]);
        const auto again = fragments_of(ping, 1500, 78);
        r.expect("the first one last")
            .in(wan, again[2])
            .in(wan, again[1])
            .in(wan, again[0])
            .out(wan, &sent)
            .out(wan, &sent)
            .out(wan, &sent);
    }
}

TEST_F(duties, pieces_of_other_icmp_wait_in_vain) {
    for (const sides& s : both) {
        const auto pieces = fragments_of(to_vip(s).icmp(99, 0).payload(3000).bytes(), 1500, 79);
        r.expect("the first").in(wan, pieces[0]).dropped(drop_reason::icmp_unwanted);
        const std::uint64_t before = r.drops(drop_reason::fragment_orphan);
        r.feed(wan, 0, pieces[1]);
        r.turn();
        EXPECT_TRUE(r.sent()[wan].empty());
        r.pass_time(5);
        for (int i = 0; i < 600; ++i)
            r.turn();
        EXPECT_EQ(r.drops(drop_reason::fragment_orphan) - before, 1u);
    }
    const auto to_twin = fragments_of(
        from_host(wan, "192.0.2.7").to("192.0.2.2").echo(1, 2).payload(2000).bytes(), 1500, 80);
    for (const bytes_of_frame& piece : to_twin)
        r.expect("a large ping of the director").in(wan, piece).to_twin(wan);
}

TEST_F(duties, another_holder_of_a_vip_is_noticed) {
    const mac_address rival{{0x02, 0, 0, 0, 0, 0x66}};
    const auto claims = [&] { return r.state().books[0].claimed.get(); };
    const auto arp = [&](const char* sender, const char* target, const mac_address& by) {
        return packet().mac(by, everyone).from(sender).to(target);
    };
    const auto advertise = [&](const char* whose, const mac_address& by) {
        bytes_of_frame frame(announcement_room);
        frame.resize(make_announcement(address_of(whose), by, 0, frame));
        return frame;
    };
    r.expect("gratuitous ARP")
        .in(wan, arp("192.0.2.100", "192.0.2.100", rival).arp_request())
        .out(wan, &sent);
    r.expect("a question by a server that has the VIP")
        .in(wan, arp("192.0.2.100", "192.0.2.2", rival).arp_request())
        .to_twin(wan);
    r.expect("an answer to another, flooded")
        .in(wan, arp("192.0.2.100", "192.0.2.7", rival).arp_reply())
        .to_twin(wan);
    r.expect("an advertisement").in(wan, advertise("2001:db8::100", rival)).to_twin(wan);
    EXPECT_EQ(claims(), 4u);
    for (const char* vip : {"192.0.2.100", "192.0.2.100", "192.0.2.100", "2001:db8::100"}) {
        const auto c = r.state().claims[0].take();
        ASSERT_TRUE(c);
        EXPECT_EQ(c->address, address_of(vip));
        EXPECT_EQ(c->by, rival);
        EXPECT_EQ(c->port, wan);
    }
    r.expect("our own, come back").in(wan, advertise("2001:db8::100", port_mac(lan))).to_twin(wan);
    r.expect("another's").in(wan, advertise("2001:db8::99", rival)).to_twin(wan);
    r.expect("a neighbour's question")
        .in(wan, arp("192.0.2.7", "192.0.2.100", client_mac).arp_request())
        .out(wan, &sent);
    EXPECT_EQ(claims(), 4u);
    r.plane().share({{address_of("2001:db8::100"), 1}}, {});
    r.turn();
    r.expect("the director that holds it").in(wan, advertise("2001:db8::100", rival)).to_twin(wan);
    EXPECT_EQ(claims(), 4u);
    EXPECT_FALSE(r.state().claims[0].take());
    for (std::uint32_t i = 0; i < claim_ring::size + 5; ++i)
        r.state().claims[0].put({});
    EXPECT_TRUE(r.state().claims[0].take()) << "a full ring loses the newest";
}

TEST_F(duties, linux_keeps_what_is_for_its_own_addresses) {
    for (const auto& [client, own] : {std::pair{"192.0.2.7", "192.0.2.2"},
                                      {"2001:db8::7", "2001:db8::2"},
                                      {"192.0.2.7", "203.0.113.77"}}) {
        const packet p = packet().mac(client_mac, port_mac(wan)).from(client).to(own);
        r.expect("PIM").in(wan, packet(p).proto(103).payload(40)).to_twin(wan);
        r.expect("VRRP").in(wan, packet(p).proto(112).payload(20)).to_twin(wan);
        r.expect("IP in IP").in(wan, packet(p).carry(request().syn().bytes())).to_twin(wan);
    }
    r.expect("a group")
        .in(wan, packet()
                     .mac("02:00:00:00:00:07", "01:00:5e:00:00:05")
                     .from("192.0.2.7")
                     .to("224.0.0.5")
                     .proto(89)
                     .payload(40))
        .to_twin(wan);
}

TEST_F(duties, a_vip_that_another_director_holds_is_refused_in_silence) {
    r.plane().share({{address_of("192.0.2.100"), 1}, {address_of("2001:db8::100"), 1}}, {});
    r.turn();
    for (const sides& s : both) {
        expect_silence("PIM", to_vip(s).proto(103).payload(40), drop_reason::not_held);
        expect_silence("ICMP", to_vip(s).icmp(99, 0).payload(20), drop_reason::not_held);
        expect_silence("an error",
                       to_vip(s)
                           .icmp(s.v6 ? 1 : 3, 1)
                           .about(packet().from(s.vip).to(s.client).tcp(80, 1).ack().bytes()),
                       drop_reason::not_held);
    }
}

} // namespace
} // namespace weir::test
