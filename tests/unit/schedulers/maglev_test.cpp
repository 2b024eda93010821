// Maglev against the properties that the paper proves or measures (NSDI 2016, sections 3.4 and
// 5.3).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "unit/schedulers/fixture.h"

namespace weir {
namespace {

constexpr std::uint32_t clients = 400'000;

std::vector<std::uint32_t> places(scheduler& chooser, std::uint32_t count = clients) {
    std::vector<std::uint32_t> servers;
    for (std::uint32_t i = 0; i < count; ++i)
        servers.push_back(chooser.pick(from_client(i)));
    return servers;
}

/// Limits for the number of `clients` that a server gets: its share of the slots to within one
/// slot, and five standard deviations of the hash of the clients.
void expect_share(int count, double share, double table_size) {
    const double expected = share * clients;
    const double sampling = 5 * std::sqrt(expected);
    EXPECT_NEAR(count, expected, clients / table_size + sampling);
}

// A table of more than 100 slots for each server: shares within 1 %, on top of the sampling noise.
TEST(maglev, shares_evenly) {
    for (const std::size_t count : {3U, 10U, 40U}) {
        server_list servers(std::vector<int>(count, 1));
        std::vector<int> counts(count);
        for (const std::uint32_t server : places(*servers.make("mh")))
            ++counts.at(server);
        for (const int c : counts)
            expect_share(c, 1.0 / static_cast<double>(count), 4093);
    }
}

TEST(maglev, gives_every_server_its_slots_to_within_one) {
    // Some client hits every slot: with as many servers as slots each server has exactly one.
    server_list servers(std::vector<int>(251, 1));
    std::vector<int> counts(251);
    for (const std::uint32_t server : places(*servers.make("mh", {"size=251"})))
        ++counts.at(server);
    for (const int c : counts)
        EXPECT_NEAR(c, clients / 251, 5 * std::sqrt(clients / 251));
}

TEST(maglev, shares_by_weight_also_when_weights_are_heavy) {
    const std::vector<int> weights{1, 2, 3, 50, 7, 0, 65};
    server_list servers(weights);
    std::vector<int> counts(weights.size());
    for (const std::uint32_t server : places(*servers.make("mh", {"size=65521"})))
        ++counts.at(server);
    const double total = std::reduce(weights.begin(), weights.end());
    for (std::size_t i = 0; i < weights.size(); ++i)
        expect_share(counts[i], weights[i] / total, 65521);
    EXPECT_EQ(counts[5], 0);
}

TEST(maglev, moves_few_flows_of_others_when_a_server_is_removed) {
    // Section 5.3: the flows of the removed server move, and hardly any others: with a table of
    // 65521 for 100 servers fewer than 1 in 100, with one of 4093 a few.
    server_list all(std::vector<int>(100, 1));
    server_list rest(std::vector<int>(99, 1));
    for (std::size_t i = 0; i < rest.size(); ++i)
        rest.views()[i].address = all.views()[i < 40 ? i : i + 1].address;
    for (const auto& [size, most] : {std::pair{"size=65521", 0.01}, std::pair{"size=4093", 0.05}}) {
        const auto before = places(*all.make("mh", {size}), 100'000);
        const auto after = places(*rest.make("mh", {size}), 100'000);
        int others = 0;
        int moved = 0;
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (before[i] == 40) continue;
            ++others;
            moved += before[i] != (after[i] < 40 ? after[i] : after[i] + 1) ? 1 : 0;
        }
        EXPECT_LT(moved, others * most) << size;
    }
}

TEST(maglev, moves_no_flow_of_others_when_a_server_fails_or_drains) {
    server_list servers(std::vector<int>(10, 1));
    const auto before = places(*servers.make("mh", {"fallback"}), 50'000);
    for (std::size_t round = 0; round < 3; ++round) {
        servers[4].unavailable = std::array{2U, 1U, 0U}.at(round); // down, overloaded
        servers[4].weight =
            round == 2 ? 0 : 1; // its last weight stays 1: the table keeps its shape
        const auto after = places(*servers.make("mh", {"fallback"}), 50'000);
        std::vector<int> taken(10);
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (before[i] != 4) {
                ASSERT_EQ(after[i], before[i]);
                continue;
            }
            ASSERT_NE(after[i], 4U);
            ++taken.at(after[i]);
        }
        for (std::size_t i = 0; i < taken.size(); ++i) // and the others share them
            EXPECT_NEAR(taken[i], i == 4 ? 0 : 5000 / 9, 200) << i;
    }
}

TEST(maglev, refuses_flows_of_a_full_or_quiesced_server_without_fallback) {
    server_list servers{1, 1, 1};
    const auto chooser = servers.make("mh");
    const auto before = places(*chooser, 1000);
    const auto expect_refused = [&] {
        for (std::uint32_t i = 0; i < before.size(); ++i)
            ASSERT_EQ(chooser->pick(from_client(i)), before[i] == 2 ? no_server : before[i]);
    };
    servers[2].unavailable = server_load::overloaded;
    expect_refused();
    servers[2].unavailable = 0;
    servers[2].weight = 0;
    expect_refused();
    servers[2].unavailable = server_load::down; // down: like a removed server
    for (std::uint32_t i = 0; i < before.size(); ++i)
        ASSERT_NE(chooser->pick(from_client(i)), no_server);
}

TEST(maglev, finds_the_last_available_server) {
    server_list servers(std::vector<int>(500, 1));
    const auto chooser = servers.make("mh", {"fallback"});
    for (std::size_t i = 0; i < servers.size(); ++i)
        if (i != 123) servers[i].unavailable = server_load::down;
    for (std::uint32_t i = 0; i < 200; ++i)
        EXPECT_EQ(chooser->pick(from_client(i)), 123U);
    servers[123].weight = 0;
    EXPECT_EQ(chooser->pick(from_client(1)), no_server);
}

TEST(maglev, is_the_same_for_directors_that_list_the_servers_in_another_order) {
    server_list one{1, 2, 3};
    server_list other{3, 2, 1};
    other.views()[0].address = one.views()[2].address;
    other.views()[2].address = one.views()[0].address;
    const auto first = places(*one.make("mh"), 20'000);
    const auto second = places(*other.make("mh"), 20'000);
    for (std::size_t i = 0; i < first.size(); ++i)
        ASSERT_EQ(second[i], 2 - first[i]);
}

TEST(maglev, distinguishes_servers_on_one_host_by_their_ports) {
    server_list servers{1, 1};
    servers.views()[1].address = servers.views()[0].address;
    servers.views()[1].port = 81;
    const auto where = places(*servers.make("mh"), 10'000);
    EXPECT_NEAR(static_cast<double>(std::ranges::count(where, 1U)), 5000, 300);
}

TEST(maglev, takes_only_the_sizes_of_lvs) {
    server_list servers{1};
    for (const char* size :
         {"251", "509", "1021", "2039", "4093", "8191", "16381", "32749", "65521", "131071"})
        EXPECT_NO_THROW(servers.make("mh", {std::string("size=") + size}));
    for (const char* wrong : {"size=0", "size=1", "size=4096", "size=-1", "sizes=251", "size"})
        EXPECT_THROW(servers.make("mh", {wrong}), std::invalid_argument) << wrong;
}

} // namespace
} // namespace weir
