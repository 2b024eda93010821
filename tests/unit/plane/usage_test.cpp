// Which servers a service uses, from what its checks say of each: checks must not shut a service.

#include <gtest/gtest.h>

#include <vector>

#include "plane/usage.h"

namespace weir::plane {
namespace {

/// Servers as letters, good held unproven bad withdrawn; a capital is one that gets nothing anyway.
std::vector<candidate> servers(std::string_view letters) {
    std::vector<candidate> all;
    for (const char c : letters) {
        const auto fit = static_cast<health::fitness>(
            std::string_view("ghubw").find(static_cast<char>(std::tolower(c))));
        all.push_back({fit, c >= 'a'});
    }
    return all;
}

/// The letters of the servers that are used.
std::string used(std::string_view letters, const config::least_up& least = {}) {
    const usage now = usage_of(servers(letters), least);
    std::string result;
    unsigned count = 0;
    for (const char c : letters) {
        const candidate server = servers({&c, 1}).front();
        if (!server.able || !now.takes(server.fit)) continue;
        result += c;
        ++count;
    }
    EXPECT_EQ(count, now.used) << letters;
    return result;
}

TEST(usage, is_of_the_good_servers) {
    EXPECT_EQ(used("ggg"), "ggg");
    EXPECT_EQ(used("gbg"), "gg");
    EXPECT_EQ(used("bb"), "");
    EXPECT_EQ(used("gw"), "g");
    EXPECT_EQ(used(""), "");
}

TEST(usage, of_held_servers_begins_when_no_other_is_good) {
    EXPECT_EQ(used("ghb"), "g");
    EXPECT_EQ(used("hh"), "hh") << "all pass their checks: the service must not be shut";
    EXPECT_EQ(used("hb"), "h");
    EXPECT_EQ(used("Gh"), "h") << "the good one is drained or disabled";
    EXPECT_EQ(used("H"), "");
}

TEST(usage, of_unproven_servers_needs_no_good_answer_first) {
    EXPECT_EQ(used("uuu"), "uuu");
    EXPECT_EQ(used("guu"), "guu");
    EXPECT_EQ(used("gub"), "g") << "servers are known to be bad: wait for the answer";
    EXPECT_EQ(used("ub"), "u") << "there is nothing to lose";
    EXPECT_EQ(used("gubW"), "g");
    EXPECT_EQ(used("guB"), "gu") << "one that gets nothing anyway proves nothing";
}

TEST(usage, of_bad_servers_protects_the_few_that_are_left) {
    EXPECT_EQ(used("gbbb", {.servers = 1}), "g");
    EXPECT_EQ(used("gbbb", {.servers = 2}), "gbbb");
    EXPECT_EQ(used("bbb", {.servers = 1}), "bbb");
    EXPECT_EQ(used("ghhb", {.servers = 3}), "ghh") << "held ones first";
    EXPECT_EQ(used("gub", {.servers = 2}), "gu") << "then unproven ones";
    EXPECT_EQ(used("gwwb", {.servers = 3}), "gb") << "never those that want none";
    EXPECT_EQ(used("gBBb", {.servers = 3}), "gb") << "of two that could be used";
}

TEST(usage, counts_a_share_of_the_servers_that_could_be_used) {
    EXPECT_EQ(used("ggbb", {.percent = 50}), "gg");
    EXPECT_EQ(used("gbbb", {.percent = 50}), "gbbb");
    EXPECT_EQ(used("ggbbb", {.percent = 50}), "ggbbb") << "two and a half are three";
    EXPECT_EQ(used("ggBBB", {.percent = 100}), "gg");
    EXPECT_EQ(used("ggb", {.percent = 100}), "ggb");
}

TEST(usage, says_how_many_it_falls_back_on) {
    const usage now = usage_of(servers("ghhbbw"), {.servers = 5});
    EXPECT_EQ(now.able, 6u);
    EXPECT_EQ(now.good, 1u);
    EXPECT_EQ(now.held_used, 2u);
    EXPECT_EQ(now.bad_used, 2u);
    EXPECT_EQ(usage_of(servers("gggbb"), {.servers = 3}).bad_used, 0u);
}

/// The weight of those that count, and whether it is a quorum of 4, more or less 1.
std::pair<std::uint64_t, bool> quorum(std::string_view letters, std::int32_t weight, bool had) {
    auto all = servers(letters);
    for (candidate& each : all)
        each.weight = weight;
    const usage now = usage_of(all, {}, {.weight = 4, .hysteresis = 1}, had);
    return {now.weight, now.quorate};
}

TEST(usage, has_a_quorum_by_weight) {
    using result = std::pair<std::uint64_t, bool>;
    EXPECT_EQ(quorum("ggg", 2, true), (result{6, true}));
    EXPECT_EQ(quorum("ggb", 2, true), (result{4, true}));
    EXPECT_EQ(quorum("ggB", 2, true), (result{4, true})) << "a drained one does not count";
    EXPECT_EQ(quorum("uuu", 2, true), (result{6, true})) << "nothing speaks against them";
    EXPECT_EQ(quorum("gub", 2, true), (result{2, false}));
    EXPECT_EQ(quorum("hh", 2, true), (result{4, true})) << "their checks are good";
}

TEST(usage, keeps_its_quorum_within_the_hysteresis) {
    EXPECT_TRUE(quorum("gggb", 1, true).second);
    EXPECT_FALSE(quorum("ggbb", 1, true).second);
    EXPECT_FALSE(quorum("ggggb", 1, false).second);
    EXPECT_TRUE(quorum("ggggg", 1, false).second);
}

} // namespace
} // namespace weir::plane
