// The metrics page: every metric once with its samples together, labels escaped.

#include "metrics/page.h"

#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace weir::metrics {
namespace {

using nlohmann::json;

json five(int of) {
    return {{"connections", of},
            {"in_packets", of},
            {"out_packets", of},
            {"in_bytes", of},
            {"out_bytes", of}};
}

json service(const char* name) {
    return {{"name", name},
            {"listen", {"192.0.2.100:80/tcp", "192.0.2.100:443/tcp"}},
            {"scheduler", "wlc"},
            {"totals", five(12345678)},
            {"rates", five(3)}};
}

json server(const char* address, int port, const char* state) {
    const bool is_up = std::string_view(state) == "up";
    return {{"address", address},
            {"port", port},
            {"state", state},
            {"weight", 3},
            {"active", 5},
            {"inactive", 7},
            {"upper", 0},
            {"used", is_up},
            {"why", is_up ? json::array() : json::array({state, "no_route"})},
            {"totals", five(1)},
            {"rates", five(2)}};
}

bool has(const std::string& page, const std::string& line) {
    return ('\n' + page).find('\n' + line + '\n') != std::string::npos;
}

TEST(metrics_page, labels_are_escaped) {
    EXPECT_EQ(label_value("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
}

TEST(metrics_page, services_and_servers) {
    metrics::page page;
    for (const char* name : {"web", "we\"b"}) {
        const json s = service(name);
        page.service(s);
        page.server(s, server("192.0.2.11", 8080, "down"));
        page.server(s, server("2001:db8::11", 80, "up"));
        page.server(s, server("192.0.2.12", 0, "drained"));
        page.server(s, server("192.0.2.11", 8080, "removed")); // it was forwarded to another way
    }
    const std::string text = page.whole();
    for (const char* line :
         {"weir_service_connections_total{service=\"web\"} 12345678",
          "weir_service_info{service=\"web\",listen=\"192.0.2.100:443/tcp\",scheduler=\"wlc\"} 1",
          "weir_server_weight{service=\"we\\\"b\",server=\"192.0.2.11:8080\"} 3",
          "weir_server_weight{service=\"web\",server=\"192.0.2.12\"} 3",
          "weir_server_state{service=\"web\",server=\"192.0.2.11:8080\",state=\"down\"} 1",
          "weir_server_state{service=\"web\",server=\"192.0.2.11:8080\",state=\"up\"} 0",
          "weir_server_used{service=\"web\",server=\"192.0.2.11:8080\"} 0",
          "weir_server_state{service=\"web\",server=\"[2001:db8::11]:80\",state=\"up\"} 1",
          "weir_server_no_route{service=\"web\",server=\"192.0.2.11:8080\"} 1",
          "weir_server_no_route{service=\"web\",server=\"[2001:db8::11]:80\"} 0",
          "weir_server_no_neighbour{service=\"web\",server=\"[2001:db8::11]:80\"} 0",
          "weir_server_connections_per_second{service=\"web\",server=\"192.0.2.12\"} 2"})
        EXPECT_TRUE(has(text, line)) << line << '\n' << text;

    // No sample stands apart from its metric, and none comes twice.
    std::set<std::string> types, samples;
    std::string now;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# HELP ")) continue;
        if (line.starts_with("# TYPE ")) {
            now = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_TRUE(types.insert(now).second) << now;
            continue;
        }
        EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), now);
        EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
}

TEST(metrics_page, checks) {
    metrics::page page;
    const json s = service("web");
    page.service(s);
    page.server(s, server("192.0.2.11", 8080, "up"));
    page.server(s, server("192.0.2.12", 0, "down"));
    page.check({{"checks",
                 {{"count", 3},
                  {"under_way", 1},
                  {"programs", 64},
                  {"waiting", 36},
                  {"turns", 70},
                  {"unable", 7},
                  {"most_late_us", 2500}}}});
    const auto check = [&](const char* address, int server_port, int port, const char* type,
                           const char* state) {
        page.check({{"service", "web"},
                    {"server", address},
                    {"server_port", server_port},
                    {"port", port},
                    {"type", type},
                    {"state", state},
                    {"server_state", state},
                    {"since", 60},
                    {"latency_us", 1500},
                    {"share", 0.5},
                    {"held_ms", 2000}});
    };
    check("192.0.2.11", 8080, 8080, "http", "up");
    check("192.0.2.11", 8080, 9000, "http", "up");  // asked elsewhere, it is the same server
    check("192.0.2.12", 80, 3333, "agent", "down"); // the port of the service's first listener
    const std::string text = page.whole();
    const std::string first = "{service=\"web\",server=\"192.0.2.11:8080\",check=\"http\",number=";
    const std::string other = "{service=\"web\",server=\"192.0.2.12\"";
    for (const std::string& line :
         {std::string("weir_checks 3"), std::string("weir_check_turns_total 70"),
          std::string("weir_check_turns_unable_total 7"), std::string("weir_check_programs 64"),
          std::string("weir_checks_waiting 36"), std::string("weir_check_most_late_seconds 0.0025"),
          "weir_check_latency_seconds" + first + "\"1\"} 0.0015",
          "weir_check_latency_seconds" + first + "\"2\"} 0.0015",
          "weir_check_state" + first + "\"2\",state=\"up\"} 1",
          "weir_check_state" + other + ",check=\"agent\",number=\"1\",state=\"down\"} 1",
          "weir_check_state" + other + ",check=\"agent\",number=\"1\",state=\"up\"} 0",
          "weir_check_weight_ratio" + other + ",check=\"agent\",number=\"1\"} 0.5",
          "weir_check_state_seconds" + other + ",check=\"agent\",number=\"1\"} 60",
          "weir_server_healthy" + other + "} 0", "weir_server_held_down_seconds" + other + "} 2",
          std::string("weir_server_healthy{service=\"web\",server=\"192.0.2.11:8080\"} 1")})
        EXPECT_TRUE(has(text, line)) << line << '\n' << text;
    EXPECT_EQ(text.find("weir_server_healthy{"),
              text.rfind("weir_server_healthy{service=\"web\",server=\"192.0.2.11:8080\"}"));
}

TEST(metrics_page, servers_with_names_have_a_label) {
    metrics::page page;
    json named = server("192.0.2.11", 8080, "up");
    named["name"] = "web1";
    page.server(service("web"), named);
    page.check({{"service", "web"},
                {"server", "192.0.2.11"},
                {"server_port", 8080},
                {"name", "web1"},
                {"port", 8080},
                {"type", "tcp"},
                {"state", "up"},
                {"server_state", "up"},
                {"since", 1},
                {"latency_us", 1},
                {"share", 1},
                {"held_ms", 0}});
    const std::string text = page.whole();
    const std::string who = "{service=\"web\",server=\"192.0.2.11:8080\",name=\"web1\"";
    EXPECT_TRUE(has(text, "weir_server_weight" + who + "} 3")) << text;
    EXPECT_TRUE(has(text, "weir_server_state" + who + ",state=\"up\"} 1"));
    EXPECT_TRUE(has(text, "weir_server_healthy" + who + "} 1"));
    EXPECT_TRUE(has(text, "weir_check_state_seconds" + who + ",check=\"tcp\",number=\"1\"} 1"));
}

TEST(metrics_page, large_counters_keep_all_digits) {
    metrics::page page;
    json s = service("web");
    s["totals"]["in_bytes"] = 9007199254740991;
    page.service(s);
    EXPECT_TRUE(
        has(page.whole(), "weir_service_receive_bytes_total{service=\"web\"} 9007199254740991"))
        << page.whole();
}

} // namespace
} // namespace weir::metrics
