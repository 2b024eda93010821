// Lists to the space: scripts that read ipvsadm's must read weirctl's.

#include "weirctl/layout.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace weir::weirctl {
namespace {

using nlohmann::json;

json five(std::uint64_t connections, std::uint64_t in_packets, std::uint64_t out_packets,
          std::uint64_t in_bytes, std::uint64_t out_bytes) {
    return {{"connections", connections},
            {"in_packets", in_packets},
            {"out_packets", out_packets},
            {"in_bytes", in_bytes},
            {"out_bytes", out_bytes}};
}

json service(const char* listen, const char* scheduler, std::vector<std::string> options = {}) {
    return {{"name", "web"},
            {"listen", {listen}},
            {"scheduler", scheduler},
            {"options", std::move(options)},
            {"persistence", 0},
            {"prefix", 0},
            {"one_packet", false},
            {"totals", five(123456, 999'999'000, 87654321, 123'000'000'000, 98765432)},
            {"rates", five(100, 5000, 4000, 640'000, 1'200'000)}};
}

json server(const char* address, int port, const char* forward, int weight, int active,
            int inactive) {
    return {{"address", address},
            {"port", port},
            {"forward", forward},
            {"weight", weight},
            {"state", weight == 0 ? "drained" : "up"},
            {"why", weight == 0 ? json::array({"drained"}) : json::array()},
            {"used", true},
            {"fallback", false},
            {"persistent", 7},
            {"active", active},
            {"inactive", inactive},
            {"upper", 1000},
            {"lower", 750},
            {"totals", five(61728, 500'000'000, 43'000'000, 61'000'000'000, 49'000'000)},
            {"rates", five(50, 123'456'789, 0, 320'000, 100'000'000)}};
}

const std::vector<json> two_servers{server("192.168.1.11", 80, "dr", 1, 12, 340),
                                    server("192.168.1.12", 8080, "nat", 100, 0, 0)};

TEST(weirctl_layout, plain) {
    EXPECT_EQ(list_title(list_layout::plain),
              "Prot LocalAddress:Port Scheduler Flags\n"
              "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n");
    EXPECT_EQ(
        list_service(service("10.0.0.1:80/tcp", "wlc"), two_servers, list_layout::plain, false),
        "TCP  10.0.0.1:80 wlc\n"
        "  -> 192.168.1.11:80              Route   1      12         340       \n"
        "  -> 192.168.1.12:8080            Masq    100    0          0         \n");
}

TEST(weirctl_layout, stats) {
    EXPECT_EQ(list_title(list_layout::stats),
              "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n"
              "  -> RemoteAddress:Port\n");
    EXPECT_EQ(list_service(service("10.0.0.1:80/tcp", "wlc"), {two_servers[0]}, list_layout::stats,
                           false),
              "TCP  10.0.0.1:80                    123456  999999K 87654321     123G 98765432\n"
              "  -> 192.168.1.11:80                 61728  500000K 43000000   61000M 49000000\n");
}

TEST(weirctl_layout, stats_exact) {
    EXPECT_EQ(list_service(service("10.0.0.1:80/tcp", "wlc"), {}, list_layout::stats, true),
              "TCP  10.0.0.1:80                    123456 999999000 87654321 123000000000"
              " 98765432\n");
}

TEST(weirctl_layout, rate) {
    EXPECT_EQ(list_title(list_layout::rate),
              "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n"
              "  -> RemoteAddress:Port\n");
    EXPECT_EQ(
        list_service(service("10.0.0.1:80/tcp", "wlc"), {two_servers[0]}, list_layout::rate, false),
        "TCP  10.0.0.1:80                       100     5000     4000   640000  1200000\n"
        "  -> 192.168.1.11:80                    50 123456789        0   320000  100000K\n");
}

TEST(weirctl_layout, thresholds) {
    EXPECT_EQ(list_title(list_layout::thresholds),
              "Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn \n"
              "  -> RemoteAddress:Port\n");
    EXPECT_EQ(list_service(service("10.0.0.1:80/tcp", "wlc"), {two_servers[0]},
                           list_layout::thresholds, false),
              "TCP  10.0.0.1:80 wlc\n"
              "  -> 192.168.1.11:80              1000       750        12         340       \n");
}

TEST(weirctl_layout, persistent_conn) {
    EXPECT_EQ(list_title(list_layout::persistent),
              "Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn \n"
              "  -> RemoteAddress:Port\n");
    EXPECT_EQ(list_service(service("10.0.0.1:80/tcp", "wlc"), {two_servers[0]},
                           list_layout::persistent, false),
              "TCP  10.0.0.1:80 wlc\n"
              "  -> 192.168.1.11:80              1         7           12         340       \n");
}

TEST(weirctl_layout, persistence) {
    json s = service("10.0.0.1:80/tcp", "mh", {"port"});
    const auto line = [&] { return list_service(s, {}, list_layout::plain, false); };
    s["persistence"] = 360;
    EXPECT_EQ(line(), "TCP  10.0.0.1:80 mh (mh-port) persistent 360\n");
    s["prefix"] = 32;
    EXPECT_EQ(line(), "TCP  10.0.0.1:80 mh (mh-port) persistent 360\n");
    s["prefix"] = 24;
    EXPECT_EQ(line(), "TCP  10.0.0.1:80 mh (mh-port) persistent 360 mask 255.255.255.0\n");
    s["prefix"] = 1;
    EXPECT_EQ(line(), "TCP  10.0.0.1:80 mh (mh-port) persistent 360 mask 128.0.0.0\n");
    s["listen"] = {"[2001:db8::80]:80/tcp"};
    s["prefix"] = 128;
    EXPECT_EQ(line(), "TCP  [2001:db8::80]:80 mh (mh-port) persistent 360\n");
    s["prefix"] = 64;
    EXPECT_EQ(line(), "TCP  [2001:db8::80]:80 mh (mh-port) persistent 360 mask 64\n");
}

TEST(weirctl_layout, one_packet_and_ranges) {
    json s = service("10.0.0.1:8000-8100/udp", "rr");
    s["one_packet"] = true;
    EXPECT_EQ(
        list_service(s, {server("192.168.1.11", 0, "nat", 1, 0, 0)}, list_layout::plain, false),
        "UDP  10.0.0.1:8000-8100 rr ops\n"
        "  -> 192.168.1.11:0               Masq    1      0          0         \n");
}

TEST(weirctl_layout, a_removed_service_says_so) {
    json s = service("10.0.0.1:80/tcp", "rr");
    s["removed"] = true;
    EXPECT_EQ(list_service(s, {}, list_layout::plain, false), "TCP  10.0.0.1:80 rr removed\n");
}

TEST(weirctl_layout, ipv6_and_scheduler_flags) {
    EXPECT_EQ(list_service(service("[2001:db8::80]:443/tcp", "mh", {"port", "fallback"}),
                           {server("2001:db8::11", 443, "tun", 1, 0, 0)}, list_layout::plain,
                           false),
              "TCP  [2001:db8::80]:443 mh (mh-port,mh-fallback)\n"
              "  -> [2001:db8::11]:443           Tunnel  1      0          0         \n");
    EXPECT_EQ(list_service(service("10.0.0.1:53/udp", "sh"),
                           {server("127.0.0.1", 53, "local", 1, 0, 0)}, list_layout::plain, false),
              "UDP  10.0.0.1:53 sh\n"
              "  -> 127.0.0.1:53                 Local   1      0          0         \n");
}

TEST(weirctl_layout, a_block_for_each_listener) {
    json two = service("10.0.0.1:80/tcp", "rr");
    two["listen"] = {"10.0.0.1:80/tcp", "10.0.0.1:443/tcp"};
    EXPECT_EQ(
        list_service(two, {server("192.168.1.11", 0, "dr", 1, 0, 0)}, list_layout::plain, false),
        "TCP  10.0.0.1:80 rr\n"
        "  -> 192.168.1.11:80              Route   1      0          0         \n"
        "TCP  10.0.0.1:443 rr\n"
        "  -> 192.168.1.11:443             Route   1      0          0         \n");
}

TEST(weirctl_layout, what_ipvsadm_has_no_column_for_stands_at_the_end) {
    json disabled = server("192.168.1.11", 80, "dr", 1, 0, 0);
    disabled["why"] = json::array({"disabled"});
    json full = server("192.168.1.12", 80, "dr", 1, 1000, 0);
    full["why"] = json::array({"overloaded"});
    json sorry = server("192.168.1.14", 80, "dr", 1, 3, 0);
    sorry["fallback"] = true;
    sorry["why"] = json::array({"no_route"});
    json astray = server("192.168.1.15", 80, "dr", 1, 0, 0);
    astray["state"] = "down";
    astray["used"] = false;
    astray["why"] = json::array({"down", "no_route"});
    json held = server("192.168.1.16", 80, "dr", 1, 0, 0);
    held["state"] = "held";
    json slow = server("192.168.1.17", 80, "dr", 4, 0, 0);
    slow["share"] = 0.4;
    EXPECT_EQ(
        list_service(
            service("10.0.0.1:80/tcp", "rr"),
            {disabled, full, server("192.168.1.13", 80, "dr", 0, 0, 0), sorry, astray, held, slow},
            list_layout::plain, false),
        "TCP  10.0.0.1:80 rr\n"
        "  -> 192.168.1.11:80              Route   1      0          0          disabled\n"
        "  -> 192.168.1.12:80              Route   1      1000       0          overloaded\n"
        "  -> 192.168.1.13:80              Route   0      0          0         \n"
        "  -> 192.168.1.14:80              Route   1      3          0          fallback no_route\n"
        "  -> 192.168.1.15:80              Route   1      0          0          down no_route\n"
        "  -> 192.168.1.16:80              Route   1      0          0          held used\n"
        "  -> 192.168.1.17:80              Route   4      0          0          share=40%\n");
}

TEST(weirctl_layout, names_of_servers_stand_at_the_end) {
    json named = two_servers[0];
    named["name"] = "web1";
    const auto end_of = [&](list_layout layout) {
        const std::string lines =
            list_service(service("10.0.0.1:80/tcp", "wlc"), {named}, layout, false);
        return lines.substr(lines.rfind(' '));
    };
    for (const auto layout : {list_layout::plain, list_layout::stats, list_layout::rate,
                              list_layout::thresholds, list_layout::persistent})
        EXPECT_EQ(end_of(layout), " name=web1\n");
    named["why"] = {"down"};
    EXPECT_NE(list_service(service("10.0.0.1:80/tcp", "wlc"), {named}, list_layout::plain, false)
                  .find(" name=web1 down\n"),
              std::string::npos);
}

TEST(weirctl_layout, large_numbers_are_cut_where_ipvsadm_cuts_them) {
    EXPECT_EQ(large_number(0, false), "        0");
    EXPECT_EQ(large_number(99'999'999, false), " 99999999");
    EXPECT_EQ(large_number(100'000'000, false), "  100000K");
    EXPECT_EQ(large_number(999'999'999, false), "  999999K");
    EXPECT_EQ(large_number(1'000'000'000, false), "    1000M");
    EXPECT_EQ(large_number(99'999'999'999, false), "   99999M");
    EXPECT_EQ(large_number(100'000'000'000, false), "     100G");
    EXPECT_EQ(large_number(99'999'999'999'999, false), "   99999G");
    EXPECT_EQ(large_number(100'000'000'000'000, false), "     100T");
    EXPECT_EQ(large_number(UINT64_MAX, false), "18446744T");
    EXPECT_EQ(large_number(12'345'678, true), " 12345678");
    EXPECT_EQ(large_number(UINT64_MAX, true), " 18446744073709551615");
}

TEST(weirctl_layout, connections) {
    EXPECT_EQ(connections_title(),
              "weir connection entries\n"
              "pro expire state       source             virtual            destination\n");
    EXPECT_EQ(connection_line({{"protocol", "tcp"},
                               {"expires", 898},
                               {"state", "ESTABLISHED"},
                               {"client", "203.0.113.7:40001"},
                               {"virtual", "10.0.0.1:80"},
                               {"server", "192.168.1.11:80"}}),
              "TCP 14:58  ESTABLISHED 203.0.113.7:40001  10.0.0.1:80        192.168.1.11:80\n");
    EXPECT_EQ(connection_line({{"protocol", "sctp"}, // as wide as LVS makes it
                               {"expires", 61},
                               {"state", "S-RECEIVED"},
                               {"client", "203.0.113.7:40001"},
                               {"virtual", "10.0.0.1:80"},
                               {"server", "192.168.1.11:80"}}),
              "SCTP 01:01  S-RECEIVED  203.0.113.7:40001  10.0.0.1:80        192.168.1.11:80\n");
    EXPECT_EQ(connection_line({{"protocol", "udp"},
                               {"expires", 86400},
                               {"state", "UDP"},
                               {"client", "[2001:db8::7]:5353"},
                               {"virtual", "[2001:db8::1]:53"},
                               {"server", "[2001:db8::11]:53"}}),
              "UDP 1440:00 UDP         [2001:db8::7]:5353 [2001:db8::1]:53   [2001:db8::11]:53\n");
    EXPECT_EQ(connection_line({{"protocol", "tcp"},
                               {"expires", 898},
                               {"state", "ESTABLISHED"},
                               {"client", "203.0.113.7:40001"},
                               {"virtual", "10.0.0.1:80"},
                               {"server", "192.168.1.11:80"},
                               {"name", "web1"}}),
              "TCP 14:58  ESTABLISHED 203.0.113.7:40001  10.0.0.1:80        192.168.1.11:80 "
              "name=web1\n");
}

TEST(weirctl_layout, check_is_shown_with_its_server_and_what_it_asks_instead) {
    const json check{
        {"service", "web"},    {"server", "192.0.2.11"}, {"server_port", 80}, {"port", 3333},
        {"type", "agent"},     {"asked", "192.0.2.11"},  {"state", "up"},     {"since", 60},
        {"latency_us", 1500},  {"share", 0.5},           {"held_ms", 0},      {"answer", "up 50%"},
        {"why", json::array()}};
    json other = check;
    other["service"] = "192.0.2.100-8080"; // as imported
    other["port"] = 80;
    other["share"] = 1;
    other["asked"] = "192.0.2.100";
    other["why"] = json::array({"disabled", "down"}); // down goes without saying
    EXPECT_EQ(
        check_table({check, other}),
        "service          server                 check   state       since   latency  last answer\n"
        "web              192.0.2.11:80          agent   up            60s     1.5ms  up 50% "
        "(at port 3333) (weight 50 %)\n"
        "192.0.2.100-8080 192.0.2.11:80          agent   up            60s     1.5ms  up 50% "
        "(of 192.0.2.100 there) (server disabled)\n");
    other["name"] = "w1";
    EXPECT_EQ(
        check_table({check, other}),
        "service          server                 name check   state       since   latency  last "
        "answer\n"
        "web              192.0.2.11:80               agent   up            60s     1.5ms  up 50% "
        "(at port 3333) (weight 50 %)\n"
        "192.0.2.100-8080 192.0.2.11:80          w1   agent   up            60s     1.5ms  up 50% "
        "(of 192.0.2.100 there) (server disabled)\n");
}

} // namespace
} // namespace weir::weirctl
