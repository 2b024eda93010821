// The schedulers that remember destinations: lblc and lblcr.

#include <gtest/gtest.h>

#include <stdexcept>

#include "unit/schedulers/fixture.h"

namespace weir {
namespace {

new_flow to_vip(std::uint32_t n, std::uint64_t random = 0) {
    new_flow flow;
    flow.vip = ip_address::v4(be32::from_host(0x0a000000 + n));
    flow.random = random;
    return flow;
}

class both_localities : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(schedulers, both_localities, testing::Values("lblc", "lblcr"));

TEST_P(both_localities, stay_with_a_destinations_server_whatever_the_loads) {
    server_list servers{10, 10, 10};
    const auto chooser = servers.make(GetParam());
    EXPECT_EQ(chooser->pick(to_vip(1)), 0U);
    servers[0].active = 10; // above its weight, so busy
    EXPECT_EQ(chooser->pick(to_vip(1)), 0U);
    EXPECT_EQ(chooser->pick(to_vip(2)), 1U); // a new destination goes where wlc sends it
    servers[1].active = 5;
    EXPECT_EQ(chooser->pick(to_vip(3)), 2U);
    EXPECT_EQ(chooser->pick(to_vip(2)), 1U);
}

TEST_P(both_localities, leave_a_busy_server_only_while_another_is_half_idle) {
    server_list servers{10, 10};
    const auto chooser = servers.make(GetParam());
    EXPECT_EQ(chooser->pick(to_vip(1)), 0U);
    servers[0].active = 11;
    servers[1].active = 5; // 2 * 5 is not below its weight
    EXPECT_EQ(chooser->pick(to_vip(1)), 0U);
    servers[1].active = 4;
    EXPECT_EQ(chooser->pick(to_vip(1)), 1U);
    servers[1].active = 9;
    EXPECT_EQ(chooser->pick(to_vip(1)), 1U) << "it moved there, or both have it and this is less";
}

TEST_P(both_localities, leave_an_unavailable_server) {
    server_list servers{1, 1};
    const auto chooser = servers.make(GetParam());
    EXPECT_EQ(chooser->pick(to_vip(1)), 0U);
    servers[0].weight = 0;
    EXPECT_EQ(chooser->pick(to_vip(1)), 1U);
    servers[0].weight = 1;
    servers[1].unavailable = server_load::down;
    EXPECT_EQ(chooser->pick(to_vip(1)), 0U);
    servers[0].unavailable = server_load::overloaded;
    EXPECT_EQ(chooser->pick(to_vip(1)), no_server);
    EXPECT_EQ(chooser->pick(to_vip(2)), no_server);
}

TEST_P(both_localities, keep_destinations_when_the_list_changes) {
    server_list old{1, 1, 1};
    const auto before = old.make(GetParam());
    for (std::uint32_t n = 0; n < 3; ++n) {
        EXPECT_EQ(before->pick(to_vip(n)), n);
        old[n].inactive = 1;
    }
    server_list grown{1, 1, 1}; // a new first server; the old second one is gone
    const auto after = grown.make(GetParam(), {}, before.get(), {no_server, 0, 2});
    EXPECT_EQ(after->pick(to_vip(0)), 1U);
    EXPECT_EQ(after->pick(to_vip(2)), 2U);
    grown[0].inactive = 1;
    EXPECT_EQ(after->pick(to_vip(1)), 1U); // chosen again, by wlc
}

TEST_P(both_localities, forget_at_random_when_destinations_are_too_many) {
    server_list servers{1000, 1000};
    const auto chooser = servers.make(GetParam());
    for (std::uint32_t n = 0; n < 100'000; ++n)
        ASSERT_NE(chooser->pick(to_vip(n, n * 0x9e3779b97f4a7c15)), no_server);
    servers[0].inactive = 1; // new ones go to the second, known ones stay with the first
    const auto known = [&](std::uint32_t first) {
        int count = 0;
        for (std::uint32_t n = first; n < first + 100; ++n)
            count += chooser->pick(to_vip(n)) == 0 ? 1 : 0;
        return count;
    };
    EXPECT_GT(known(99'900), 90);
    EXPECT_LT(known(0), 10); // each bucket of four has taken some 24
}

TEST(replicated_locality, spreads_a_destination_over_a_set_and_takes_the_least_loaded_of_it) {
    server_list servers{10, 10, 10};
    const auto chooser = servers.make("lblcr");
    EXPECT_EQ(chooser->pick(to_vip(1)), 0U);
    servers[0].active = 11;
    EXPECT_EQ(chooser->pick(to_vip(1)), 1U); // joins the set
    servers[0].active = 3;
    servers[1].active = 4;
    EXPECT_EQ(chooser->pick(to_vip(1)), 0U);
    servers[0].active = 6;
    EXPECT_EQ(chooser->pick(to_vip(1)), 1U);
    // lblc remembers only the last server.
    server_list others{10, 10, 10};
    const auto single = others.make("lblc");
    EXPECT_EQ(single->pick(to_vip(1)), 0U);
    others[0].active = 11;
    EXPECT_EQ(single->pick(to_vip(1)), 1U);
    others[0].active = 3;
    others[1].active = 4;
    EXPECT_EQ(single->pick(to_vip(1)), 1U);
}

TEST(replicated_locality, removes_the_most_loaded_from_a_set_that_did_not_change) {
    server_list servers{10, 10};
    const auto chooser = servers.make("lblcr", {"expire=0"}); // every set is old enough
    EXPECT_EQ(chooser->pick(to_vip(1)), 0U);
    servers[0].active = 11;
    EXPECT_EQ(chooser->pick(to_vip(1)), 1U); // {1, 2}
    servers[0].active = 9;
    servers[1].active = 8;
    EXPECT_EQ(chooser->pick(to_vip(1)), 1U); // and 1 leaves the set
    servers[0].active = 0;
    EXPECT_EQ(chooser->pick(to_vip(1)), 1U);
}

TEST(replicated_locality, reads_its_options_strictly) {
    server_list servers{1};
    EXPECT_NO_THROW(servers.make("lblcr", {"expire=86400"}));
    for (const char* wrong : {"expire", "expire=", "expire=1d", "expire=-1", "port"})
        EXPECT_THROW(servers.make("lblcr", {wrong}), std::invalid_argument) << wrong;
    EXPECT_THROW(servers.make("lblc", {"expire=1"}), std::invalid_argument);
}

TEST(replicated_locality, holds_four_servers_in_a_set) {
    server_list servers(std::vector<int>(6, 10));
    const auto chooser = servers.make("lblcr");
    for (std::uint32_t i = 0; i < 6; ++i) {
        EXPECT_EQ(chooser->pick(to_vip(1)), i); // each is busy when the next one comes
        servers[i].active = 11 + i;
    }
    // The fifth and sixth replaced the most loaded of four: 4 and 5.
    for (std::size_t i = 0; i < servers.size(); ++i)
        servers[i].active = 11;
    servers[3].active = servers[4].active = 1; // idle, but not in the set
    servers[3].inactive = servers[4].inactive = 1000;
    servers[5].active = 9;
    EXPECT_EQ(chooser->pick(to_vip(1)), 5U);
}

} // namespace
} // namespace weir
