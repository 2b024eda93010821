// What is listed, and how it is asked for.

#include "unit/command/commands_fixture.h"

namespace weir::command {
namespace {

using nlohmann::json;

TEST_F(commands_test, list_sends_services_and_servers_line_by_line) {
    director.services[0].servers[1].weight = 0;
    director.services[0].servers[1].why = {idle_reason::drained};
    director.services[0].servers[0].forward = {forward_mode::tun};
    director.services[0].totals.in_bytes = 77;
    const auto lines = ask({{"command", "list"}});
    ASSERT_EQ(lines.size(), 1u + 1 + 2 + 1 + 1);
    EXPECT_EQ(lines[0], (json{{"director",
                               {{"version", WEIR_VERSION}, {"size", director.flows->entries()}}}}));
    const json& web = lines[1].at("service");
    EXPECT_EQ(web.at("name"), "web");
    EXPECT_EQ(web.at("listen"), (json{"192.0.2.1:80/tcp", "[2001:db8::1]:80/tcp"}));
    EXPECT_EQ(web.at("totals").at("in_bytes"), 77);
    EXPECT_EQ(web.at("rates").at("in_bytes"), 0);
    EXPECT_EQ(lines[2].at("server").at("forward"), "tun");
    EXPECT_EQ(lines[2].at("server").at("encap"), "ipip");
    const json& second = lines[3].at("server");
    EXPECT_EQ(second.at("address"), "10.1.0.2");
    EXPECT_EQ(second.at("port"), 0); // each listener's own
    EXPECT_EQ(second.at("state"), "drained");
    EXPECT_EQ(second.at("why"), json::array({"drained"}));
    EXPECT_EQ(second.at("forward"), "dr");
    EXPECT_EQ(second.at("encap"), ""); // no tunnel
    EXPECT_EQ(second.at("route"), true);
    EXPECT_EQ(lines[4].at("service").at("name"), "dns");
    EXPECT_EQ(ask({{"command", "list"}, {"service", "192.0.2.53:53/udp"}}).size(), 3u);
    EXPECT_EQ(error_of({{"command", "list"}, {"service", "wbe"}}), "no service \"wbe\"");
}

TEST_F(commands_test, list_shows_removed_services_after_the_others) {
    director.removed_services = 1;
    const auto lines = ask({{"command", "list"}});
    EXPECT_EQ(lines[1].at("service").at("removed"), false);
    EXPECT_EQ(lines[4].at("service").at("name"), "dns");
    EXPECT_EQ(lines[4].at("service").at("removed"), true);
    EXPECT_EQ(ask({{"command", "status"}})[0].at("services"), 1) << "of the configuration";
}

TEST_F(commands_test, list_survives_services_that_go_meanwhile) {
    for (int i = 0; i < 1000; ++i)
        director.add_service("s" + std::to_string(i), 1);
    const answer rest = start_command("{\"command\":\"list\"}", {director, speeds, busy, ""});
    std::string text;
    ASSERT_TRUE(rest(text));
    director.services.clear();
    while (rest(text)) {
    }
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 1000);
}

TEST_F(commands_test, connections_show_the_table_and_its_filters) {
    const ip_address vip = director.services[0].listen[0].address;
    const ip_address vip6 = director.services[0].listen[1].address;
    const ip_address dns = director.services[1].listen[0].address;
    director.target(1).address = ip_address::v4(10, 1, 0, 1);
    director.target(2).address = *parse_address("2001:db8::11");
    director.target(2).port = be16::from_host(8080);
    const auto client = [](std::uint8_t host) { return ip_address::v4(203, 0, 113, host); };
    const auto port = [](std::uint16_t p) { return be16::from_host(p); };
    director.open({client(7), vip, port(40001), port(80), 6}, 1, flow_state::established, 900);
    director.open({client(8), dns, port(5353), port(53), 17}, 1, flow_state::udp, 300);
    director.open({*parse_address("2001:db8::7"), vip6, port(40001), port(80), 6}, 2,
                  flow_state::fin_wait, 120);
    director.open({client(10), ip_address::v4(192, 0, 2, 200), port(40001), port(80), 6}, 1,
                  flow_state::established, 900); // of a service that was removed
    director.open({client(9), vip, port(40002), port(80), 6}, 1, flow_state::close, 1);
    director.time += 2; // the last one is over

    const auto lines = ask({{"command", "connections"}});
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_NE(std::find(lines.begin(), lines.end(),
                        json{{"protocol", "tcp"},
                             {"expires", 898},
                             {"state", "ESTABLISHED"},
                             {"client", "203.0.113.7:40001"},
                             {"virtual", "192.0.2.1:80"},
                             {"server", "10.1.0.1:80"},
                             {"name", ""}}),
              lines.end());
    const auto v6 = ask({{"command", "connections"}, {"client", "2001:db8::/32"}});
    ASSERT_EQ(v6.size(), 1u);
    EXPECT_EQ(v6[0].at("client"), "[2001:db8::7]:40001");
    EXPECT_EQ(v6[0].at("server"), "[2001:db8::11]:8080");
    EXPECT_EQ(v6[0].at("state"), "FIN_WAIT");
    const auto udp = ask({{"command", "connections"}, {"service", "dns"}});
    ASSERT_EQ(udp.size(), 1u);
    EXPECT_EQ(udp[0].at("protocol"), "udp");
    EXPECT_EQ(ask({{"command", "connections"}, {"service", "web"}}).size(), 2u);
    EXPECT_EQ(ask({{"command", "connections"}, {"client", "203.0.113.8"}}).size(), 1u);
    EXPECT_EQ(ask({{"command", "connections"}, {"limit", 2}}).size(), 2u);
    EXPECT_EQ(error_of({{"command", "connections"}, {"client", "everybody"}}),
              "\"client\" must be ADDRESS, ADDRESS/LENGTH or ADDRESS:PORT");
    EXPECT_EQ(ask({{"command", "connections"}, {"client", "203.0.113.7:40001"}}).size(), 1u);
    EXPECT_EQ(ask({{"command", "connections"}, {"client", "203.0.113.7:40002"}}).size(), 0u);
}

TEST_F(commands_test, workers_wait_for_no_list_between_its_pieces) {
    for (std::uint16_t port = 1; port <= 500; ++port)
        director.open({ip_address::v4(203, 0, 113, 7), director.services[0].listen[0].address,
                       be16::from_host(port), be16::from_host(80), 6},
                      1, flow_state::established, 900);
    const answer rest =
        start_command("{\"command\":\"connections\"}", {director, speeds, busy, ""});
    std::string text;
    ASSERT_TRUE(rest(text)); // half of it, and the client takes its time
    const grace_periods& grace = *director.connections().grace;
    EXPECT_TRUE(grace.is_over(grace.begin()));
    while (rest(text)) {
    }
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 500);
}

TEST_F(commands_test, neighbours_resolved_and_not) {
    director.neighbours_now = {
        {ip_address::v4(192, 0, 2, 1), "wan", *parse_mac("02:00:00:00:00:01"), 5},
        {*parse_address("2001:db8::1"), "lan", std::nullopt, 0}};
    const auto lines = ask({{"command", "neighbours"}});
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(
        lines[0],
        (json{
            {"address", "192.0.2.1"}, {"port", "wan"}, {"mac", "02:00:00:00:00:01"}, {"idle", 5}}));
    EXPECT_EQ(lines[1].at("mac"), nullptr);
}

} // namespace
} // namespace weir::command
