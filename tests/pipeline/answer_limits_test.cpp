// How much strangers can make weir say, and that one kind of it does not starve another.

#include "rig.h"

namespace weir::test {
namespace {

class answer_limits_test : public testing::Test {
protected:
    answer_limits_test() {
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
        r.service({.listen = "[2001:db8::100]:80/tcp", .servers = {"2001:db8:1::11"}});
    }
    /// Sends this packet so many times, in one second. Returns how many answers left.
    std::size_t answers_to(const packet& p, unsigned times) {
        r.sent()[wan].clear();
        for (unsigned i = 0; i < times; ++i) {
            r.feed(wan, 0, p.bytes());
            if (i % 64 == 63) r.turn();
        }
        r.turn();
        const std::size_t answers = r.sent()[wan].size();
        r.sent()[wan].clear();
        EXPECT_TRUE(r.books_balance()) << r.books();
        return answers;
    }
    std::uint64_t withheld() { return r.state().books[0].withheld.get(); }

    static constexpr auto to_one(answer_kind kind) {
        return answer_limits[static_cast<std::size_t>(kind)].to_one;
    }

    rig r{{.lan_mtu = 1400}};
};

TEST_F(answer_limits_test, one_address_gets_its_share_of_each_kind) {
    const std::vector<std::pair<packet, answer_kind>> kinds{
        {from_host(wan, "192.0.2.7").to("192.0.2.100").udp(1000, 9), answer_kind::error},
        {from_host(wan, "2001:db8::7").to("2001:db8::100").udp(1000, 9), answer_kind::error},
        {request().ack(), answer_kind::reset},
        {from_host(wan, "2001:db8::8").to("2001:db8::100").tcp(1000, 80).ack(), answer_kind::reset},
    };
    for (const auto& [p, kind] : kinds) {
        const std::uint64_t before = withheld();
        EXPECT_EQ(answers_to(p, 500), to_one(kind));
        EXPECT_EQ(withheld() - before, 500 - to_one(kind));
        r.pass_time(1);
        EXPECT_EQ(answers_to(p, 10), 10u) << "a second later";
        r.pass_time(1);
    }
}

TEST_F(answer_limits_test, pieces_of_a_ping_count_like_pings) {
    const auto pieces = fragments_of(
        from_host(wan, "192.0.2.7").to("192.0.2.100").echo(1, 2).payload(2000).bytes(), 1500, 5);
    ASSERT_EQ(pieces.size(), 2u);
    for (unsigned i = 0; i < 250; ++i) { // a piece alone would wait: its datagram has passed
        for (const auto& piece : pieces)
            r.feed(wan, 0, piece);
        if (i % 16 == 15) r.turn();
    }
    r.turn();
    const std::size_t answers = r.sent()[wan].size();
    r.sent()[wan].clear();
    EXPECT_EQ(answers, to_one(answer_kind::echo));
    EXPECT_TRUE(r.books_balance()) << r.books();
}

TEST_F(answer_limits_test, pings_beyond_the_limit_are_dropped_and_counted) {
    for (const packet& ping : {from_host(wan, "192.0.2.7").to("192.0.2.100").echo(1, 2),
                               from_host(wan, "2001:db8::7").to("2001:db8::100").echo(1, 2)}) {
        const std::uint64_t before = r.drops(drop_reason::ping_limit);
        EXPECT_EQ(answers_to(ping, 500), to_one(answer_kind::echo));
        EXPECT_EQ(r.drops(drop_reason::ping_limit) - before, 500 - to_one(answer_kind::echo));
    }
}

// 1500 packets a second to a closed port silenced half of the path MTU discovery.
TEST_F(answer_limits_test, junk_to_closed_ports_leaves_path_mtu_discovery_alone) {
    bytes_of_frame sent;
    r.expect("a connection").in(wan, request().syn()).out(lan, &sent);
    const packet large = request().ack().payload(1440).df();
    std::size_t told = 0;
    for (unsigned i = 0; i < 50; ++i) {
        for (unsigned junk = 0; junk < 64; ++junk) {
            const std::string from = "203.0.113." + std::to_string(1 + (i * 64 + junk) % 250);
            r.feed(wan, 0, from_host(wan, from).to("192.0.2.100").udp(1000, 9).bytes());
        }
        r.turn();
        r.sent()[wan].clear();
        r.feed(wan, 0, large.bytes());
        r.turn();
        told += r.sent()[wan].size();
    }
    EXPECT_EQ(told, 50u);
    EXPECT_GT(withheld(), 0u) << "the junk was over its limit";
}

TEST(answer_budget, ends_for_all_together_too) {
    answer_budget budget{flow_hasher{}};
    constexpr auto in_all = answer_limits[static_cast<std::size_t>(answer_kind::error)].in_all;
    unsigned taken = 0;
    for (std::uint32_t host = 1; host <= 100'000; ++host)
        taken += budget.take(answer_kind::error, ip_address::v4(be32::from_host(host)), 7);
    EXPECT_EQ(taken, in_all);
    EXPECT_TRUE(budget.take(answer_kind::too_big, ip_address::v4(be32::from_host(1)), 7));
    EXPECT_TRUE(budget.take(answer_kind::error, ip_address::v4(be32::from_host(1)), 8));
}

} // namespace
} // namespace weir::test
