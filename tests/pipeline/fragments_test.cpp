// Fragments ahead of their first one, identifications that come again, and floods of fragments that
// never have a first one.

#include "rig.h"

namespace weir::test {
namespace {

class waiting_fragments : public testing::Test {
protected:
    waiting_fragments() {
        r.service({.listen = "192.0.2.100:2049/udp",
                   .mode = forward_mode::nat,
                   .servers = {"198.51.100.11", "198.51.100.12"}});
        r.service({.listen = "[2001:db8::100]:2049/udp",
                   .mode = forward_mode::nat,
                   .servers = {"2001:db8:1::11", "2001:db8:1::12"}});
    }
    static std::vector<bytes_of_frame> pieces(std::uint16_t port, std::uint32_t id,
                                              std::size_t size,
                                              const std::string& client = "192.0.2.7") {
        const bool v6 = client.find(':') != std::string::npos;
        return fragments_of(from_host(wan, client)
                                .to(v6 ? "2001:db8::100" : "192.0.2.100")
                                .udp(port, 2049)
                                .payload(size)
                                .bytes(),
                            1500, id);
    }
    /// The servers that the frames sent since went to, by their last digits; each frame's.
    std::vector<unsigned> feed(const std::vector<bytes_of_frame>& frames) {
        for (const bytes_of_frame& frame : frames) {
            r.feed(wan, 0, frame);
            r.turn();
        }
        std::vector<unsigned> servers;
        for (const bytes_of_frame& frame : r.sent()[lan])
            servers.push_back(ip_in(frame).destination.bytes()[15]);
        r.sent()[lan].clear();
        return servers;
    }

    rig r;
};

TEST_F(waiting_fragments, of_a_large_datagram_may_all_come_before_the_first) {
    for (const std::string client : {"192.0.2.7", "2001:db8::7"}) {
        auto all = pieces(700, 5, 32'768, client);
        ASSERT_GT(all.size(), 20u);
        std::ranges::reverse(all);
        const auto servers = feed(all);
        EXPECT_EQ(servers.size(), all.size()) << client;
        EXPECT_EQ(std::ranges::count(servers, servers.front()), std::ssize(servers));
    }
    EXPECT_EQ(r.drops(drop_reason::fragments_full), 0u);
}

TEST_F(waiting_fragments, follow_their_own_first_when_an_identification_comes_again) {
    for (const std::string client : {"192.0.2.7", "2001:db8::7"}) {
        const auto one = feed(pieces(1, 9, 4000, client));
        ASSERT_EQ(one.size(), 3u);
        auto again = pieces(2, 9, 4000, client);
        std::ranges::reverse(again);
        const auto other = feed(again);
        ASSERT_EQ(other.size(), 3u);
        EXPECT_NE(one[0], other[0]) << "in turn";
        EXPECT_EQ(std::ranges::count(one, one[0]), 3);
        EXPECT_EQ(std::ranges::count(other, other[0]), 3);
    }
}

TEST_F(waiting_fragments, of_a_flood_leave_most_packet_buffers_free) {
    const unsigned free = rte_mempool_avail_count(r.state().packets);
    for (std::uint32_t id = 0; id < 4000; ++id) {
        const std::string client = "192.0.2." + std::to_string(3 + id % 200);
        r.feed(wan, 0, pieces(1, id, 2000, client)[1]);
        if (id % 100 == 99) r.turn();
    }
    EXPECT_GT(rte_mempool_avail_count(r.state().packets), free - free / 8 - 600);
    EXPECT_GT(r.drops(drop_reason::fragments_full), 2000u);
    EXPECT_EQ(feed(pieces(7, 1, 2000)).size(), 2u) << "in order they need no room";
}

TEST_F(waiting_fragments, of_one_source_leave_room_for_another) {
    for (std::uint32_t id = 0; id < 4000; ++id) {
        r.feed(wan, 0, pieces(1, id, 2000)[1]);
        if (id % 100 == 99) r.turn();
    }
    auto other = pieces(7, 1, 20'000, "192.0.2.8");
    std::ranges::reverse(other);
    EXPECT_EQ(feed(other).size(), other.size());
}

TEST(fragments, follow_their_first_in_any_order) {
    rig r;
    r.service(
        {.listen = "192.0.2.100:53/udp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    const auto whole =
        from_host(wan, "192.0.2.7").to("192.0.2.100").udp(5000, 53).payload(3000).bytes();
    const auto pieces = fragments_of(whole, 1500, 77);
    ASSERT_EQ(pieces.size(), 3u);
    bytes_of_frame a, b, c;
    r.expect("in order")
        .in(wan, pieces[0])
        .in(wan, pieces[1])
        .in(wan, pieces[2])
        .out(lan, &a)
        .out(lan, &b)
        .out(lan, &c);
    const auto others = fragments_of(whole, 1500, 78);
    r.expect("the first one last")
        .in(wan, others[1])
        .in(wan, others[2])
        .in(wan, others[0])
        .out(lan, &a)
        .out(lan, &b)
        .out(lan, &c);
    for (const auto& piece : {a, b, c})
        EXPECT_EQ(ip_in(piece).destination, address_of("198.51.100.11"));
}

TEST(fragments, without_a_first_are_dropped_in_the_end) {
    rig r;
    r.service(
        {.listen = "192.0.2.100:53/udp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    const auto pieces = fragments_of(
        from_host(wan, "192.0.2.7").to("192.0.2.100").udp(5000, 53).payload(3000).bytes(), 1500,
        79);
    r.feed(wan, 0, pieces[1]);
    r.turn();
    EXPECT_EQ(r.drops(drop_reason::fragment_orphan), 0u);
    r.pass_time(5);
    for (int i = 0; i < 200; ++i)
        r.turn();
    EXPECT_EQ(r.drops(drop_reason::fragment_orphan), 1u);
    EXPECT_TRUE(r.books_balance());
}

} // namespace
} // namespace weir::test
