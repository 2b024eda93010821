// The agent protocol, to the table of what HAProxy 2.6 does with each line.

#include <gtest/gtest.h>

#include "health/agent_line.h"

namespace weir::health {
namespace {

/// Lines one after the other, by an agent of a server of weight 100: "UP 75", "DOWN 100 (why)".
std::string after(std::initializer_list<std::string_view> lines) {
    agent_state state;
    agent_line last;
    for (const std::string_view line : lines)
        state.take(last = read_agent_line(line));
    std::string result = state.admin == agent_admin::maint    ? "MAINT"
                         : state.health == agent_health::down ? "DOWN"
                         : state.admin == agent_admin::drain  ? "DRAIN"
                                                              : "UP";
    result += ' ' + std::to_string(state.wanted(100));
    if (!last.description.empty()) result += " (" + last.description + ')';
    if (!last.unknown.empty()) result += " unknown " + last.unknown;
    return result;
}

TEST(agent_lines, do_what_they_do_with_haproxy) {
    EXPECT_EQ(after({"75%"}), "UP 75");
    EXPECT_EQ(after({"150%"}), "UP 150");
    EXPECT_EQ(after({"500%"}), "UP 256");
    EXPECT_EQ(after({"99999999999%"}), "UP 256");
    EXPECT_EQ(after({"0%"}), "UP 0");
    EXPECT_EQ(after({"drain"}), "DRAIN 100");
    EXPECT_EQ(after({"drain", "ready"}), "UP 100");
    EXPECT_EQ(after({"maint"}), "MAINT 100");
    EXPECT_EQ(after({"maint", "up"}), "MAINT 100");
    EXPECT_EQ(after({"maint", "ready"}), "UP 100");
    EXPECT_EQ(after({"down", "ready"}), "DOWN 100");
    EXPECT_EQ(after({"down#why"}), "UP 100 unknown down#why");
    EXPECT_EQ(after({"down #why it died"}), "DOWN 100 (why it died)");
    EXPECT_EQ(after({"down", "75%"}), "DOWN 75");
    EXPECT_EQ(after({"down", "75%", "up"}), "UP 75");
    EXPECT_EQ(after({"stopped # planned"}), "DOWN 100 (planned)");
    EXPECT_EQ(after({"fail"}), "DOWN 100");
    EXPECT_EQ(after({"up,ready,40%"}), "UP 40");
    EXPECT_EQ(after({"up 10% 90%"}), "UP 90");
    EXPECT_EQ(after({"down up"}), "UP 100");
    EXPECT_EQ(after({"maxconn:30"}), "UP 100");
    EXPECT_EQ(after({"bogus"}), "UP 100 unknown bogus");
    EXPECT_EQ(after({"down", "up bogus"}), "UP 100 unknown bogus");
    EXPECT_EQ(after({"75%", ""}), "UP 75");
    EXPECT_EQ(after({" \tup\t55%"}), "UP 55");
    EXPECT_EQ(after({"12.5%"}), "UP 100 unknown 12.5%");
    EXPECT_EQ(after({"-5%"}), "UP 100 unknown -5%");
    EXPECT_EQ(after({"UP 33%"}), "UP 33");
    EXPECT_EQ(after({"weight:30"}), "UP 30");
    EXPECT_EQ(after({"weight:30%"}), "UP 30");
    EXPECT_EQ(after({"weight:257"}), "UP 100 unknown weight:257");
    EXPECT_EQ(after({"weight:"}), "UP 100 unknown weight:");
    EXPECT_EQ(after({"weight:30 40%"}), "UP 40");
    EXPECT_EQ(after({"%"}), "UP 100 unknown %");
}

TEST(agent_lines, never_round_a_share_to_nothing) {
    agent_state state;
    state.take(read_agent_line("1%"));
    EXPECT_EQ(state.wanted(1), 1U);
    EXPECT_EQ(state.wanted(0), 0U);
    EXPECT_EQ(state.wanted(60000), 600U);
    state.take(read_agent_line("150%"));
    EXPECT_EQ(state.wanted(1000), 1000U);
}

} // namespace
} // namespace weir::health
