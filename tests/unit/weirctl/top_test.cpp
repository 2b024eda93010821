// Frames of `weirctl top`: two answers and a size make lines that fit.

#include "weirctl/top.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace weir::weirctl {
namespace {

using nlohmann::json;

json status(std::uint64_t uptime, std::uint64_t received, std::uint64_t dropped,
            unsigned workers = 1) {
    json all = json::array();
    for (unsigned n = 0; n < workers; ++n)
        all.push_back({{"number", n}, {"busy", 0.25}});
    return {{"version", "1.0"},
            {"name", "lb1"},
            {"uptime", uptime},
            {"table", {{"flows", 250}, {"capacity", 1000}}},
            {"config", {{"last_error", nullptr}}},
            {"workers", all},
            {"books",
             {{"rx", received},
              {"tx", received},
              {"twin", 0},
              {"from_linux", 0},
              {"generated", 0},
              {"table_full", 0},
              {"drops", {{"no_service", dropped}, {"ttl", 3}}}}}};
}

json counts(std::uint64_t connections, std::uint64_t packets, std::uint64_t bytes) {
    return {{"connections", connections},
            {"in_packets", packets},
            {"out_packets", packets},
            {"in_bytes", bytes},
            {"out_bytes", bytes}};
}

json service(const char* name, const json& totals) {
    return {{"service",
             {{"name", name},
              {"listen", {"192.0.2.100:80/tcp", "192.0.2.100:443/tcp"}},
              {"scheduler", "wlc"},
              {"totals", totals}}}};
}

json server(const char* address, unsigned active, const json& totals, const char* why = "") {
    return {{"server",
             {{"address", address},
              {"port", 80},
              {"weight", 3},
              {"why", *why == 0 ? json::array() : json::array({why})},
              {"state", *why == 0 ? "up" : why},
              {"used", *why == 0},
              {"fallback", false},
              {"active", active},
              {"inactive", 7},
              {"totals", totals}}}};
}

/// Two samples, 2 seconds apart: `a` had 200 connections of 10 bytes, `b` 20 of 10000.
struct top_test : testing::Test {
    top_sample before, now;
    top_view view;

    top_test() {
        before.seconds = 100;
        before.status = status(50, 1000, 10);
        now.seconds = 102;
        now.status = status(52, 3000, 14);
        for (top_sample* sample : {&before, &now}) {
            const bool later = sample == &now;
            sample->take({{"director", {{"version", "1.0"}}}});
            sample->take(service("a", later ? counts(300, 3000, 3000) : counts(100, 1000, 1000)));
            sample->take(
                server("192.0.2.11", 1, later ? counts(150, 1500, 1500) : counts(100, 1000, 1000)));
            sample->take(server("2001:db8::12", 9,
                                later ? counts(150, 1500, 1500) : counts(0, 0, 0), "drained"));
            sample->take(service("b", later ? counts(25, 30, 200'000) : counts(5, 10, 0)));
            sample->take(server("192.0.2.11", 100, counts(5, 5, 5)));
        }
    }
    std::vector<std::string> lines() { return draw(before, now, view).lines; }
    std::string text() { return fmt::format("{}\n", fmt::join(lines(), "\n")); }
    /// The first words of the rows.
    std::string order() {
        const top_frame frame = draw(before, now, view);
        std::string words;
        for (std::size_t i = frame.title + 1; i < frame.lines.size(); ++i) {
            const std::size_t begin = frame.lines[i].find_first_not_of(' ');
            words += frame.lines[i].substr(begin, frame.lines[i].find(' ', begin) - begin) + ' ';
        }
        return words;
    }
};

TEST_F(top_test, the_whole_frame) {
    EXPECT_EQ(text(),
              "weir 1.0, lb1, up 00:00:52, 2 services\n"
              "table      [####          ] 25.0 %  250 of 1000 connections\n"
              "workers      0 [##    ]   25 %\n"
              "packets/s  in 1000  out 1000  to Linux 0  from Linux 0  made 0  no state 0\n"
              "drops/s    2.0  (17 since the start)  no_service 2.0\n"
              "\n"
              "service, server                  weight  active     cps  pkts/s bytes/s by cps\n"
              "a 192.0.2.100:80/tcp +1 wlc                  10     100    2000    2000 [##### ]\n"
              "  [2001:db8::12]:80             drained       9      75    1500    1500 [##### ]\n"
              "  192.0.2.11:80                       3       1      25     500     500 [##    ]\n"
              "b 192.0.2.100:80/tcp +1 wlc                 100      10      20    200k [#     ]\n"
              "  192.0.2.11:80                       3     100       0       0       0 [      ]\n");
}

TEST_F(top_test, the_same_as_json) {
    const json frame = frame_as_json(before, now, top_order::cps);
    EXPECT_EQ(frame.at("seconds"), 2);
    EXPECT_EQ(frame.at("status").at("uptime"), 52);
    ASSERT_EQ(frame.at("services").size(), 2u);
    const json& a = frame.at("services").at(0);
    EXPECT_EQ(a.at("name"), "a");
    EXPECT_EQ(a.at("rates").at("connections"), 100);
    EXPECT_EQ(a.at("servers").at(0).at("rates").at("in_packets"), 750) << "the busiest first";
    EXPECT_EQ(a.at("servers").at(0).at("text"), "drained");
    EXPECT_EQ(a.at("servers").at(1).at("rates").at("connections"), 25);
    EXPECT_EQ(frame_as_json(before, now, top_order::bytes).at("services").at(0).at("name"), "b");
    EXPECT_EQ(frame_as_json({}, now, top_order::cps).at("seconds"), 0);
}

TEST_F(top_test, servers_have_their_names) {
    json named = server("192.0.2.11", 1, counts(1, 1, 1));
    named.at("server")["name"] = "web1";
    now.take(named);
    EXPECT_NE(text().find("\n  web1 (192.0.2.11:80)  "), std::string::npos) << text();
}

TEST_F(top_test, every_order) {
    EXPECT_EQ(order(), "a [2001:db8::12]:80 192.0.2.11:80 b 192.0.2.11:80 ");
    view.order = top_order::packets;
    EXPECT_EQ(order(), "a [2001:db8::12]:80 192.0.2.11:80 b 192.0.2.11:80 ");
    view.order = top_order::bytes;
    EXPECT_EQ(order(), "b 192.0.2.11:80 a [2001:db8::12]:80 192.0.2.11:80 ");
    view.order = top_order::active;
    EXPECT_EQ(order(), "b 192.0.2.11:80 a [2001:db8::12]:80 192.0.2.11:80 ");
    view.servers = false;
    EXPECT_EQ(order(), "b a ");
}

TEST_F(top_test, equals_stay_in_the_order_of_the_file) {
    const top_sample same = now;
    before = same;
    before.seconds = 100;
    EXPECT_EQ(order(), "a 192.0.2.11:80 [2001:db8::12]:80 b 192.0.2.11:80 ");
}

TEST_F(top_test, what_went_back_or_is_new_has_no_rate) {
    before.services[1].totals.connections = 26; // one more than now
    before.services[0].name = "other";
    for (const std::string& line : lines()) {
        if (!line.starts_with("a ") && !line.starts_with("b ")) continue;
        EXPECT_NE(line.find(" 0  "), std::string::npos) << line;
    }
    // A director that was started anew.
    before = now;
    before.services[0].totals.connections = 0;
    before.status["uptime"] = 53;
    before.seconds = 100;
    EXPECT_NE(text().find("packets/s  in 0  out 0 "), std::string::npos) << text();
    EXPECT_EQ(order(), "a 192.0.2.11:80 [2001:db8::12]:80 b 192.0.2.11:80 ");
}

TEST_F(top_test, fits_any_screen) {
    for (int n = 0; n < 200; ++n) {
        now.take(service("a-name-of-thirty-two-characters-", counts(0, 0, 0)));
        now.take(server("2001:db8:1234:5678:9abc:def0:1234:5678", 1, counts(0, 0, 0)));
    }
    now.status = status(52, 3000, 14, 127);
    now.status["config"]["last_error"] = std::string(300, 'x');
    view.keys = true;
    for (view.rows = 1; view.rows < 80; ++view.rows) {
        for (view.columns = 1; view.columns < 250; view.columns += 3) {
            const auto all = lines();
            ASSERT_LE(all.size(), view.rows);
            for (const std::string& line : all)
                ASSERT_LE(line.size(), view.columns);
        }
    }
    view.columns = 80;
    view.rows = 40;
    const auto all = lines();
    ASSERT_EQ(all.size(), 40U);
    EXPECT_TRUE(all.back().starts_with("sort by:"));
    // 405 rows in all; those above the last two lines are shown.
    const std::size_t rows = 40 - draw(before, now, view).title - 1 - 2;
    EXPECT_EQ(all[38], fmt::format("... {} more", 405 - rows));
    view.rows = 0;
    EXPECT_GE(lines().size(), 405U);
}

TEST(weirctl_top, short_numbers) {
    const std::pair<double, const char*> all[] = {
        {0, "0"},         {0.04, "0"},       {0.5, "0.5"},      {9.94, "9.9"},
        {9.96, "10"},     {9999, "9999"},    {9999.7, "10.0k"}, {99'949, "99.9k"},
        {99'960, "100k"}, {999'499, "999k"}, {999'600, "1.0M"}, {1.5e9, "1.5G"},
        {2e13, "20.0T"},  {1.8e19, "18.0E"}};
    for (const auto& [value, expected] : all)
        EXPECT_EQ(short_number(value), expected) << value;
    EXPECT_EQ(bar(0.5, 12), "[#####     ]");
    EXPECT_EQ(bar(7, 4), "[##]");
    EXPECT_EQ(bar(-1, 4), "[  ]");
    EXPECT_EQ(bar(1, 1), "[]");
}

} // namespace
} // namespace weir::weirctl
