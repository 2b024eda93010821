// Values and words on their own, at the edges of their ranges.

#include <gtest/gtest.h>

#include "config/problem.h"
#include "config/values.h"

namespace weir::config {
namespace {

using namespace std::chrono_literals;

TEST(config_number, is_whole_and_in_range) {
    EXPECT_EQ(number("7", 7, 9), 7U);
    EXPECT_EQ(number("9", 7, 9), 9U);
    for (const char* wrong :
         {"", "6", "10", "-8", "+8", "8.0", "0x8", " 8", "8 ", "8k", "99999999999999999999999"})
        EXPECT_THROW(number(wrong, 7, 9), bad_value) << wrong;
}

TEST(config_seconds, have_units) {
    EXPECT_EQ(seconds("300", 0, 3600), 300s);
    EXPECT_EQ(seconds("300s", 0, 3600), 300s);
    EXPECT_EQ(seconds("2000ms", 0, 3600), 2s);
    EXPECT_EQ(seconds("5m", 0, 3600), 300s);
    EXPECT_EQ(seconds("1h", 0, 3600), 1h);
    EXPECT_EQ(seconds("0", 0, 3600), 0s);
}

TEST(config_seconds, are_whole_and_in_range) {
    for (const char* wrong : {"", "s", "ms", "500ms", "1500ms", "0", "3601", "61m", "2h", "1d",
                              "-1", "1.5s", "1 s", "18446744073709551615h", "18446744073709551616"})
        EXPECT_THROW(seconds(wrong, 1, 3600), bad_value) << wrong;
}

TEST(config_cpu_list, has_single_cpus_and_ranges) {
    EXPECT_EQ(cpu_list("1"), (std::vector{1U}));
    EXPECT_EQ(cpu_list("2,1"), (std::vector{2U, 1U}));
    EXPECT_EQ(cpu_list("1-3, 8 ,10-10"), (std::vector{1U, 2U, 3U, 8U, 10U}));
    EXPECT_EQ(cpu_list("0-1023").size(), 1024U);
    for (const char* wrong : {"", ",", "1,", ",1", "1,,2", "1;2", "1 2", "a", "3-1", "1-", "-1",
                              "1-2-3", "1024", "1,1", "1-3,2", "0-4294967295"})
        EXPECT_THROW(cpu_list(wrong), bad_value) << wrong;
}

TEST(config_yes_or_no, is_one_of_two_words) {
    EXPECT_TRUE(yes_or_no("yes"));
    EXPECT_FALSE(yes_or_no("no"));
    EXPECT_THROW(yes_or_no("true"), bad_value);
}

TEST(config_names, are_short_and_plain) {
    EXPECT_TRUE(is_name("aZ09._-", 7));
    for (const char* wrong : {"", "aZ09._-8", "a b", "a/b", "\xc3\xa4", "a\n"})
        EXPECT_FALSE(is_name(wrong, 7)) << wrong;
    EXPECT_TRUE(is_interface_name("weir-wan.100_15"));
    for (const char* wrong : {"", ".", "..", "weir-wan.100_016", "a/b", "a:b"})
        EXPECT_FALSE(is_interface_name(wrong)) << wrong;
}

TEST(config_words, stand_between_spaces) {
    EXPECT_EQ(words("  a \t b=c\r"), (std::vector<std::string>{"a", "b=c"}));
    EXPECT_TRUE(words(" \t").empty());
}

TEST(config_nearest, is_the_word_with_the_fewest_slips) {
    const std::vector<std::string> words{"listen", "server", "scheduler", "udp"};
    EXPECT_EQ(nearest("sever", words), "server");        // one less
    EXPECT_EQ(nearest("lissten", words), "listen");      // one more
    EXPECT_EQ(nearest("skheduler", words), "scheduler"); // another
    EXPECT_EQ(nearest("upd", words), "udp");             // swapped
    EXPECT_EQ(nearest("udp", words), "udp");
    EXPECT_EQ(nearest("persistence", words), "");
    EXPECT_EQ(nearest("", words), "");
    EXPECT_EQ(nearest(std::string(1 << 20, 'x'), words), "");
    EXPECT_EQ(nearest("x", {}), "");
}

TEST(config_nearest, capital_letters_are_no_slips) {
    EXPECT_EQ(nearest("WLC", {"wrr", "wlc"}), "wlc");
    EXPECT_EQ(nearest("Dr", {"dr", "tun", "nat"}), "dr");
    EXPECT_EQ(nearest("aaa", {"SOA", "AAAA"}), "AAAA");
}

TEST(config_suggestion, lists_the_words_when_none_is_near) {
    EXPECT_EQ(suggestion("dpr", {"tcp", "udp"}), "valid: tcp, udp");
    EXPECT_EQ(suggestion("tpc", {"tcp", "udp"}), "did you mean `tcp`?");
}

TEST(config_quotes, is_one_short_line_of_ascii) {
    EXPECT_EQ(in_quotes("a b"), "`a b`");
    EXPECT_EQ(in_quotes(std::string("a\0\n\x1b\xff~", 6)), "`a????~`");
    EXPECT_EQ(in_quotes(std::string(60, 'x')), "`" + std::string(60, 'x') + "`");
    EXPECT_EQ(in_quotes(std::string(61, 'x')), "`" + std::string(60, 'x') + "...`");
}

TEST(config_problem, begins_with_its_place) {
    EXPECT_EQ(to_string(problem{{"weir.conf", 12}, "wrong"}), "weir.conf:12: wrong");
    EXPECT_EQ(to_string(problem{{"weir.conf", 0}, "wrong"}), "weir.conf: wrong");
}

} // namespace
} // namespace weir::config
