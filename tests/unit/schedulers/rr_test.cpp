// Round robin and weighted round robin: exact sequences, also with many workers and over reloads.

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "unit/schedulers/fixture.h"

namespace weir {
namespace {

TEST(round_robin, takes_each_server_in_turn) {
    server_list servers{1, 1, 1};
    EXPECT_EQ(picks(*servers.make("rr"), 20), "1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2");
}

TEST(round_robin, passes_over_weight_0_and_unavailable_servers) {
    server_list servers{1, 0, 1, 1};
    const auto chooser = servers.make("rr");
    EXPECT_EQ(picks(*chooser, 4), "1 3 4 1");
    servers[2].unavailable = server_load::overloaded;
    EXPECT_EQ(picks(*chooser, 3), "4 1 4");
    servers[2].unavailable = 0;
    EXPECT_EQ(picks(*chooser, 3), "1 3 4");
}

TEST(round_robin, gives_none_when_all_are_unavailable) {
    server_list servers{1, 0};
    servers[0].unavailable = server_load::down;
    EXPECT_EQ(picks(*servers.make("rr"), 2), "- -");
    EXPECT_EQ(picks(*server_list{}.make("rr"), 2), "- -");
}

TEST(round_robin, goes_on_where_it_was_when_a_server_is_added) {
    server_list old{1, 1, 1};
    const auto before = old.make("rr");
    EXPECT_EQ(picks(*before, 2), "1 2");
    server_list grown{1, 1, 1, 1};
    EXPECT_EQ(picks(*grown.make("rr", {}, before.get(), {0, 1, no_server, 2}), 4), "3 4 1 2");
}

TEST(round_robin, goes_on_where_it_was_when_servers_are_removed) {
    server_list old{1, 1, 1, 1};
    const auto before = old.make("rr");
    EXPECT_EQ(picks(*before, 3), "1 2 3");
    server_list shrunk{1, 1};
    // The last one used is gone, and so is the first: continue with the second.
    EXPECT_EQ(picks(*shrunk.make("rr", {}, before.get(), {1, 3}), 3), "2 1 2");
    // No server before the position is left: start again.
    EXPECT_EQ(picks(*shrunk.make("rr", {}, before.get(), {3, no_server}), 3), "1 2 1");
}

// As measured on Linux 6.1, with the servers added in reverse (LVS walks the newest first). LVS
// began each of these in its last pass; the cycle is the same.
struct measured {
    std::vector<int> weights;
    const char* sequence;
};
class weighted_round_robin_of_lvs : public testing::TestWithParam<measured> {};

TEST_P(weighted_round_robin_of_lvs, has_the_same_cycle) {
    server_list servers(GetParam().weights);
    const auto chooser = servers.make("wrr");
    const int cycle = std::reduce(GetParam().weights.begin(), GetParam().weights.end());
    const std::string sequence = " " + picks(*chooser, cycle + 40) + " ";
    EXPECT_NE(sequence.find(std::string(" ") + GetParam().sequence + " "), std::string::npos)
        << sequence;
}

INSTANTIATE_TEST_SUITE_P(
    measured_on_linux, weighted_round_robin_of_lvs,
    testing::Values(measured{{3, 2, 1}, "1 2 3 1 1 2 1 2 3 1 1 2 1 2 3 1 1 2 1 2"},
                    measured{{1, 2, 3}, "1 2 3 3 2 3 1 2 3 3 2 3 1 2 3 3 2 3 1 2"},
                    measured{{6, 0, 4, 2}, "1 3 4 1 1 3 1 3 4 1 1 3 1 3 4 1 1 3 1 3"},
                    measured{{5, 3, 3, 7}, "1 2 3 4 4 4 1 4 1 4 1 2 3 4 1 2 3 4 1 2"}));

TEST(weighted_round_robin, starts_with_the_highest_weight) {
    server_list servers{3, 2, 1};
    EXPECT_EQ(picks(*servers.make("wrr"), 20), "1 1 2 1 2 3 1 1 2 1 2 3 1 1 2 1 2 3 1 1");
}

TEST(weighted_round_robin, of_one_list_in_reverse_is_what_lvs_gives_for_it) {
    server_list servers{1, 2, 3}; // r3 r2 r1: the list of an LVS to which r1 r2 r3 were added
    EXPECT_EQ(picks(*servers.make("wrr"), 6), "3 2 3 1 2 3");
}

TEST(weighted_round_robin, divides_weights_by_their_divisor) {
    server_list servers{300, 200, 100};
    EXPECT_EQ(picks(*servers.make("wrr"), 6), "1 1 2 1 2 3");
}

TEST(weighted_round_robin, takes_the_turn_of_an_unavailable_server_away) {
    server_list servers{3, 2, 1};
    const auto chooser = servers.make("wrr");
    EXPECT_EQ(picks(*chooser, 1), "1");
    servers[0].unavailable = server_load::overloaded;
    EXPECT_EQ(picks(*chooser, 6), "2 2 3 2 2 3");
    servers[0].unavailable = 0;
    EXPECT_EQ(picks(*chooser, 7), "1 1 2 1 2 3 1");
}

TEST(weighted_round_robin, finds_the_last_available_server) {
    server_list servers{65535, 0, 1};
    const auto chooser = servers.make("wrr");
    servers[0].unavailable = server_load::down;
    EXPECT_EQ(picks(*chooser, 3), "3 3 3");
    servers[2].weight = 0;
    EXPECT_EQ(picks(*chooser, 2), "- -");
}

TEST(weighted_round_robin, of_an_empty_list_gives_none) {
    EXPECT_EQ(picks(*server_list{}.make("wrr"), 2), "- -");
    server_list quiesced{0, 0};
    EXPECT_EQ(picks(*quiesced.make("wrr"), 2), "- -");
    server_list alone{7};
    EXPECT_EQ(picks(*alone.make("wrr"), 3), "1 1 1");
}

TEST(weighted_round_robin, is_exact_for_a_thousand_servers_of_any_weight) {
    std::vector<int> weights(1000);
    for (std::size_t i = 0; i < weights.size(); ++i)
        weights[i] = static_cast<int>(i * 7919 % 97);
    weights[500] = 65535;
    server_list servers(weights);
    const auto chooser = servers.make("wrr");
    std::vector<int> counts(weights.size());
    for (int i = std::reduce(weights.begin(), weights.end()); i > 0; --i)
        ++counts.at(chooser->pick({}));
    EXPECT_EQ(counts, weights);
}

TEST(weighted_round_robin, goes_on_where_it_was_when_the_list_changes) {
    server_list old{3, 2, 1};
    const auto before = old.make("wrr");
    EXPECT_EQ(picks(*before, 4), "1 1 2 1"); // in the pass of weight 1, before server 2
    server_list grown{3, 2, 2, 1};
    EXPECT_EQ(picks(*grown.make("wrr", {}, before.get(), {0, 1, no_server, 2}), 9),
              "2 3 4 1 1 2 3 1 2");
    server_list shrunk{3, 1};
    EXPECT_EQ(picks(*shrunk.make("wrr", {}, before.get(), {0, 2}), 5), "2 1 1 1 2");
}

TEST(weighted_round_robin, keeps_its_level_when_the_divisor_changes) {
    server_list old{4, 2};
    const auto before = old.make("wrr");
    EXPECT_EQ(picks(*before, 2), "1 1"); // in the pass of weights from 1 on, before server 2
    server_list changed{4, 3};
    EXPECT_EQ(picks(*changed.make("wrr", {}, before.get(), {0, 1}), 7), "2 1 1 2 1 2 1");
}

/// How often each server was picked by four workers at once.
std::vector<int> pick_from_four_workers(scheduler& chooser, std::size_t servers, int each) {
    std::vector<std::vector<int>> counts(4, std::vector<int>(servers));
    std::atomic<int> ready{0};
    {
        std::vector<std::jthread> workers;
        for (auto& mine : counts)
            workers.emplace_back([&chooser, &mine, &ready, each] {
                ++ready;
                while (ready < 4) {
                }
                for (int i = 0; i < each; ++i)
                    ++mine.at(chooser.pick({}));
            });
    }
    std::vector<int> sum(servers);
    for (const auto& mine : counts)
        for (std::size_t i = 0; i < servers; ++i)
            sum[i] += mine[i];
    return sum;
}

TEST(round_robin, is_exact_when_all_workers_pick_at_once) {
    server_list servers{1, 1, 1, 1, 1, 1, 1};
    const auto chooser = servers.make("rr");
    const auto counts = pick_from_four_workers(*chooser, servers.size(), 70'000);
    EXPECT_EQ(counts, std::vector<int>(7, 40'000));
}

TEST(weighted_round_robin, is_exact_when_all_workers_pick_at_once) {
    server_list servers{5, 3, 0, 2};
    const auto chooser = servers.make("wrr");
    const auto counts = pick_from_four_workers(*chooser, servers.size(), 50'000);
    EXPECT_EQ(counts, (std::vector<int>{100'000, 60'000, 0, 40'000}));
}

} // namespace
} // namespace weir
