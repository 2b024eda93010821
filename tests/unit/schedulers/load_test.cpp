// The schedulers that choose by load.

#include <gtest/gtest.h>

#include <random>

#include "../../../schedulers/least.h"
#include "unit/schedulers/fixture.h"

namespace weir {
namespace {

/// Picks, and counts each pick as an inactive connection of its server: UDP without replies.
std::string fill(server_list& servers, scheduler& chooser, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        const std::uint32_t server = chooser.pick({});
        ++servers[server].inactive;
        text += (i == 0 ? "" : " ") + std::to_string(server + 1);
    }
    return text;
}

// Measured on Linux 6.1, with the servers added in reverse.
TEST(least_connections, gives_what_lvs_gives) {
    server_list servers{3, 2, 1};
    EXPECT_EQ(fill(servers, *servers.make("lc"), 20), "1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2");
}

TEST(weighted_least_connections, gives_what_lvs_gives) {
    server_list servers{3, 2, 1};
    EXPECT_EQ(fill(servers, *servers.make("wlc"), 20), "1 2 3 1 2 1 1 2 3 1 2 1 1 2 3 1 2 1 1 2");
    server_list others{1, 5, 3, 2};
    EXPECT_EQ(fill(others, *others.make("wlc"), 20), "1 2 3 4 2 3 2 4 2 3 2 1 2 3 4 2 3 2 4 2");
}

TEST(least_connections, counts_an_active_connection_as_256_inactive_ones) {
    server_list servers{1, 1};
    servers[0].active = 1;
    servers[1].inactive = 255;
    for (const char* name : {"lc", "wlc"}) {
        const auto chooser = servers.make(name);
        EXPECT_EQ(picks(*chooser, 1), "2") << name;
        servers[1].inactive = 256; // a tie keeps the earlier one
        EXPECT_EQ(picks(*chooser, 1), "1") << name;
        servers[1].inactive = 255;
    }
}

TEST(least_connections, leaves_out_weight_0_and_unavailable_servers) {
    for (const char* name : {"lc", "wlc", "sed", "nq", "fo", "ovf"}) {
        server_list servers{1, 1, 1};
        const auto chooser = servers.make(name);
        EXPECT_EQ(picks(*chooser, 1), "1") << name;
        servers[0].weight = 0;
        EXPECT_EQ(picks(*chooser, 1), "2") << name;
        servers[1].unavailable = server_load::overloaded;
        EXPECT_EQ(picks(*chooser, 1), "3") << name;
        servers[2].unavailable = server_load::disabled;
        EXPECT_EQ(picks(*chooser, 1), "-") << name;
        EXPECT_EQ(picks(*server_list{}.make(name), 1), "-") << name;
    }
}

TEST(weighted_least_connections, compares_exactly) {
    const auto set_overhead = [](server_load& load, std::uint64_t overhead) {
        load.active = static_cast<std::uint32_t>(overhead >> 8);
        load.inactive = static_cast<std::uint32_t>(overhead & 0xff);
    };
    // a / 65535 and b / 65534 whose cross products, near 2^52, differ by one.
    constexpr std::uint64_t k = 1U << 20;
    server_list servers{65535, 65534};
    const auto chooser = servers.make("wlc");
    set_overhead(servers[0], 65535 * k - 1);
    set_overhead(servers[1], 65534 * k - 1);
    EXPECT_EQ(picks(*chooser, 1), "2");
    set_overhead(servers[0], 65535 * k);
    set_overhead(servers[1], 65534 * k);
    EXPECT_EQ(picks(*chooser, 1), "1"); // equal
}

TEST(shortest_expected_delay, counts_the_connection_to_be_placed) {
    server_list servers{1, 3};
    const auto chooser = servers.make("sed");
    EXPECT_EQ(picks(*chooser, 1), "2"); // 1/1 against 1/3
    servers[1].active = 2;
    EXPECT_EQ(picks(*chooser, 1), "1"); // 1/1 against 3/3
    servers[0].inactive = 1000;         // does not count
    EXPECT_EQ(picks(*chooser, 1), "1");
}

TEST(never_queue, takes_the_first_idle_server) {
    server_list servers{1, 3, 1};
    const auto chooser = servers.make("nq");
    EXPECT_EQ(picks(*chooser, 1), "1");
    servers[0].active = 1;
    EXPECT_EQ(picks(*chooser, 1), "2");
    servers[1].active = 1;
    EXPECT_EQ(picks(*chooser, 1), "3");
    servers[2].active = 1;
    EXPECT_EQ(picks(*chooser, 1), "2"); // 2/1, 2/3, 2/1
}

TEST(failover, takes_the_highest_weight_that_is_available) {
    server_list servers{1, 3, 3, 2};
    const auto chooser = servers.make("fo");
    EXPECT_EQ(picks(*chooser, 2), "2 2");
    servers[1].unavailable = server_load::down;
    EXPECT_EQ(picks(*chooser, 1), "3");
    servers[2].weight = 0;
    EXPECT_EQ(picks(*chooser, 1), "4");
}

TEST(overflow, goes_on_when_a_server_has_more_connections_than_its_weight) {
    server_list servers{2, 3};
    const auto chooser = servers.make("ovf");
    servers[1].active = 3;
    EXPECT_EQ(picks(*chooser, 1), "2");
    servers[1].active = 4;
    EXPECT_EQ(picks(*chooser, 1), "1");
    servers[0].active = 3;
    EXPECT_EQ(picks(*chooser, 1), "-");
}

template <schedulers::least_rule Rule>
void compare_with_plain(const schedulers::load_list& loads) {
    EXPECT_EQ(schedulers::least<Rule>(loads), schedulers::least_plain<Rule>(loads));
}

// The vector search and the plain one must agree, for every length and with many ties.
TEST(least, is_the_same_with_and_without_vectors) {
    std::mt19937 random(42);
    const auto up_to = [&random](std::uint32_t limit) {
        return static_cast<std::uint32_t>(random() % (limit + 1));
    };
    for (std::size_t count = 0; count < 300; ++count) {
        server_list servers(std::vector<int>(count, 1));
        const std::uint32_t range = count % 3 == 0 ? 3 : count % 3 == 1 ? 1000 : 1U << 28;
        for (std::size_t i = 0; i < count; ++i) {
            servers[i].active = up_to(range);
            servers[i].inactive = up_to(range);
            servers[i].weight = static_cast<int>(up_to(count % 2 == 0 ? 4 : 65535)) - 1;
            servers[i].unavailable = up_to(3) == 0 ? 1U << up_to(2) : 0;
        }
        const schedulers::load_list loads = schedulers::loads_of(servers.views());
        compare_with_plain<schedulers::least_connection>(loads);
        compare_with_plain<schedulers::weighted_least_connection>(loads);
        compare_with_plain<schedulers::shortest_expected_delay>(loads);
        compare_with_plain<schedulers::never_queue>(loads);
        compare_with_plain<schedulers::highest_weight>(loads);
        compare_with_plain<schedulers::highest_weight_with_room>(loads);
    }
}

TEST(least, keeps_the_earlier_of_equal_servers_wherever_they_stand) {
    server_list servers(std::vector<int>(1000, 1));
    for (std::size_t i = 0; i < servers.size(); ++i)
        servers[i].active = 9;
    const auto chooser = servers.make("wlc");
    for (const std::size_t last : {999U, 998U, 992U, 991U, 17U, 8U, 7U, 5U, 4U, 3U, 0U}) {
        servers[last].active = 8;
        servers[999].active = 8;
        EXPECT_EQ(picks(*chooser, 1), std::to_string(last + 1));
    }
}

TEST(two_choices, takes_the_less_loaded_of_two_draws) {
    server_list servers{1, 1};
    const auto chooser = servers.make("twos");
    servers[0].active = 10;
    int second = 0;
    for (std::uint64_t i = 0; i < 10'000; ++i)
        second += chooser->pick(drawn(i << 40)) == 1 ? 1 : 0;
    EXPECT_NEAR(second, 7500, 200); // the first only when both draws hit it
}

TEST(two_choices, draws_by_weight) {
    server_list servers{1, 0, 6, 3};
    const auto chooser = servers.make("twos"); // all loads are 0: the first draw stays
    std::vector<int> counts(4);
    for (std::uint64_t i = 0; i < 100'000; ++i)
        ++counts.at(chooser->pick(drawn(i * 0x9e3779b97f4a7c15)));
    EXPECT_NEAR(counts[0], 10'000, 400);
    EXPECT_EQ(counts[1], 0);
    EXPECT_NEAR(counts[2], 60'000, 700);
    EXPECT_NEAR(counts[3], 30'000, 600);
}

TEST(two_choices, finds_the_last_available_server) {
    server_list servers(std::vector<int>(100, 5));
    const auto chooser = servers.make("twos");
    for (std::size_t i = 0; i < servers.size(); ++i)
        if (i != 61) servers[i].unavailable = server_load::down;
    for (std::uint64_t i = 0; i < 100; ++i)
        EXPECT_EQ(chooser->pick(drawn(i)), 61U);
    servers[61].weight = 0;
    EXPECT_EQ(chooser->pick({}), no_server);
    EXPECT_EQ(picks(*server_list{}.make("twos"), 1), "-");
}

} // namespace
} // namespace weir
