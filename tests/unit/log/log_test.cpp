// The log's lines, and what is done about events that repeat.

#include "log/log.h"

#include <gtest/gtest.h>

namespace weir::log {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point some_time{1'700'000'000'123ms};

TEST(log_line, in_the_journal_begins_with_the_syslog_priority) {
    EXPECT_EQ(line(level::error, "no link", true, some_time), "<3>no link\n");
    EXPECT_EQ(line(level::warning, "no link", true, some_time), "<4>no link\n");
    EXPECT_EQ(line(level::info, "no link", true, some_time), "<6>no link\n");
    EXPECT_EQ(line(level::debug, "no link", true, some_time), "<7>no link\n");
}

TEST(log_line, elsewhere_begins_with_time_and_level) {
    const std::string text = line(level::warning, "no link", false, some_time);
    ASSERT_EQ(text.size(), std::string("2023-11-14 22:13:20.123 warning: no link\n").size());
    EXPECT_EQ(text.substr(0, 4), "2023");
    EXPECT_EQ(text.substr(19), ".123 warning: no link\n");
}

TEST(log_line, cannot_be_forged_by_what_is_logged) {
    EXPECT_EQ(line(level::info, "name a\n<3>b\x7f\t", true, some_time),
              "<6>name a\\x0a<3>b\\x7f\\x09\n");
    EXPECT_EQ(line(level::info, "Grüße", true, some_time), "<6>Grüße\n");
}

TEST(log_level, leaves_out_what_is_above_it) {
    set_level(level::warning);
    testing::internal::CaptureStderr();
    error("one {}", 1);
    warning("two");
    info("three");
    debug("four");
    const std::string text = testing::internal::GetCapturedStderr();
    set_level(level::info);
    EXPECT_NE(text.find("one 1\n"), std::string::npos);
    EXPECT_NE(text.find("two\n"), std::string::npos);
    EXPECT_EQ(text.find("three"), std::string::npos);
    EXPECT_EQ(text.find("four"), std::string::npos);
}

TEST(log_limiter, lets_one_through_a_second_and_counts_the_others) {
    limiter events;
    const limiter::clock::time_point start{100s};
    EXPECT_EQ(events.admit("twin full", start), 0u);
    EXPECT_EQ(events.admit("twin full", start + 1ms), std::nullopt);
    EXPECT_EQ(events.admit("twin full", start + 999ms), std::nullopt);
    EXPECT_EQ(events.admit("something else", start + 999ms), 0u);
    EXPECT_EQ(events.admit("twin full", start + 1s), 2u);
    EXPECT_EQ(events.admit("twin full", start + 1500ms), std::nullopt);
}

TEST(log_limiter, knows_longer_intervals) {
    limiter events;
    const limiter::clock::time_point start{100s};
    EXPECT_EQ(events.admit("strangers", start, 60s), 0u);
    EXPECT_EQ(events.admit("strangers", start + 59s, 60s), std::nullopt);
    EXPECT_TRUE(events.settle(start + 59s).empty());
    EXPECT_EQ(events.admit("strangers", start + 60s, 60s), 1u);
    EXPECT_EQ(events.admit("strangers", start + 61s, 60s), std::nullopt);
    EXPECT_EQ(events.settle(start + 120s).size(), 1u);
}

TEST(log_limiter, tells_of_events_that_nothing_followed_once) {
    limiter events;
    const limiter::clock::time_point start{100s};
    events.admit("twin full", start);
    events.admit("twin full", start + 1ms);
    EXPECT_TRUE(events.settle(start + 500ms).empty());
    const auto told = events.settle(start + 2s);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].key, "twin full");
    EXPECT_EQ(told[0].count, 1u);
    EXPECT_TRUE(events.settle(start + 3s).empty());
    EXPECT_EQ(events.admit("twin full", start + 4s), 0u);
}

TEST(log_limited, says_how_many_were_left_out) {
    testing::internal::CaptureStderr();
    for (int i = 0; i < 1000; ++i)
        limited(level::warning, "unit test", "event {}", i);
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_NE(text.find("event 0\n"), std::string::npos);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 3); // a slow machine may take seconds
}

} // namespace
} // namespace weir::log
