// What the commands answer and what they ask of the director.

#include "command/commands.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/command/fake_director.h"
#include "weirctl/commands.h"

namespace weir::command {
namespace {

using nlohmann::json;

class commands_test : public testing::Test {
protected:
    commands_test() {
        director.add_service("web", 2);
        director.add_service("dns", 1);
        director.services[1].listen = {*parse_endpoint("192.0.2.53:53/udp"),
                                       *parse_endpoint("192.0.2.53:53/tcp")};
        director.services[0].listen.push_back(*parse_endpoint("[2001:db8::1]:80"));
    }

    /// The lines of an answer.
    std::vector<json> ask(const json& request) {
        std::string text;
        const answer rest = start_command(request.dump(), {director, speeds, busy, "a test"});
        while (rest(text)) {
        }
        std::vector<json> lines;
        for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos;
             begin = end + 1)
            lines.push_back(json::parse(text.substr(begin, end - begin)));
        return lines;
    }
    std::string error_of(const json& request) {
        try {
            ask(request);
        } catch (const message::refused& e) {
            return e.what();
        }
        return "";
    }
    std::string change(const char* command, const char* service, const char* server) {
        director.changes.clear();
        ask({{"command", command}, {"service", service}, {"server", server}});
        return fmt::format("{}", fmt::join(director.changes, "; "));
    }

    fake_director director;
    loop::clock time;
    loop::event_loop loop{time};
    rates speeds{loop, director};
    busy_meter busy;
};

TEST_F(commands_test, list_sends_services_and_servers_line_by_line) {
    director.services[0].servers[1].weight = 0;
    director.services[0].servers[1].why = {idle_reason::drained};
    director.services[0].servers[0].forward = {forward_mode::tun};
    director.services[0].totals.in_bytes = 77;
    const auto lines = ask({{"command", "list"}});
    ASSERT_EQ(lines.size(), 1u + 1 + 2 + 1 + 1);
    EXPECT_EQ(lines[0], (json{{"director", {{"version", WEIR_VERSION}, {"size", 1024}}}}));
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
              "\"client\" must be an address or ADDRESS/LENGTH");
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

TEST_F(commands_test, changes_reach_the_director_with_full_names) {
    EXPECT_EQ(change("drain", "web", "10.1.0.1"), "weight web 10.1.0.1:80 0");
    EXPECT_EQ(change("drain", "192.0.2.1:80/tcp", "10.1.0.2:80"), "weight web 10.1.0.2:80 0");
    EXPECT_EQ(change("disable", "web", "10.1.0.1"), "disable web 10.1.0.1:80");
    EXPECT_EQ(change("enable", "web", "10.1.0.1"), "enable web 10.1.0.1:80");
    director.services[0].servers[0].base_weight = 0;
    director.services[0].servers[0].configured_weight = 5;
    EXPECT_EQ(change("enable", "web", "10.1.0.1"),
              "weight web 10.1.0.1:80 5; enable web 10.1.0.1:80");
    director.services[0].servers[1].address = *parse_address("2001:db8::11");
    director.services[0].servers[1].port = 8080;
    for (const char* name : {"2001:db8::11", "[2001:db8::11]", "[2001:db8::11]:8080"})
        EXPECT_EQ(change("disable", "web", name), "disable web [2001:db8::11]:8080") << name;
    ask({{"command", "weight"}, {"service", "web"}, {"server", "10.1.0.1"}, {"weight", 65535}});
    EXPECT_EQ(director.changes.back(), "weight web 10.1.0.1:80 65535");
}

TEST_F(commands_test, servers_are_found_and_shown_by_their_names) {
    director.services[0].servers[1].word = "web2";
    EXPECT_EQ(change("drain", "web", "web2"), "weight web 10.1.0.2:80 0");
    EXPECT_EQ(change("disable", "web", "web2"), "disable web 10.1.0.2:80");
    EXPECT_EQ(error_of({{"command", "drain"}, {"service", "dns"}, {"server", "web2"}}),
              "no server \"web2\" in dns: give its name, address or ADDRESS:PORT, as web1, "
              "192.0.2.11 or [2001:db8::11]:80");
    EXPECT_EQ(error_of({{"command", "drain"}, {"service", "web"}, {"server", ""}}).substr(0, 20),
              "no server \"\" in web:")
        << "not the one without a name";
    const auto list = ask({{"command", "list"}, {"service", "web"}});
    EXPECT_EQ(list[2].at("server").at("name"), "");
    EXPECT_EQ(list[3].at("server").at("name"), "web2");
    check_info check;
    check.service = "web";
    check.word = "web2";
    director.checks_now = {check};
    EXPECT_EQ(ask({{"command", "checks"}})[1].at("name"), "web2");
    director.open({ip_address::v4(203, 0, 113, 7), director.services[0].listen[0].address,
                   be16::from_host(40001), be16::from_host(80), 6},
                  director.services[0].servers[1].id, flow_state::established, 900);
    EXPECT_EQ(ask({{"command", "connections"}})[0].at("name"), "web2");
}

TEST_F(commands_test, changes_that_make_no_sense_reach_nobody) {
    const auto refused = [&](const char* service, const char* server, const json& weight) {
        return error_of(
            {{"command", "weight"}, {"service", service}, {"server", server}, {"weight", weight}});
    };
    EXPECT_EQ(refused("wbe", "10.1.0.1", 1), "no service \"wbe\"");
    EXPECT_EQ(refused("web", "10.1.0.9", 1), "no server 10.1.0.9 in web");
    EXPECT_EQ(refused("web", "10.1.0.1:81", 1), "no server 10.1.0.1:81 in web");
    EXPECT_EQ(refused("web", "server1", 1),
              "no server \"server1\" in web: give its name, address or ADDRESS:PORT, as web1, "
              "192.0.2.11 or [2001:db8::11]:80");
    for (const json& weight : {json(-1), json(65536), json(1.5), json("3"), json(UINT64_MAX)})
        EXPECT_EQ(refused("web", "10.1.0.1", weight),
                  "\"weight\" must be a whole number from 0 to 65535")
            << weight;
    director.services[0].servers[1].address = director.services[0].servers[0].address;
    director.services[0].servers[1].port = 8080;
    EXPECT_EQ(refused("web", "10.1.0.1", 1),
              "web has several servers at 10.1.0.1: say which, 10.1.0.1:80 or 10.1.0.1:8080");
    director.services[0].servers[0].why = {idle_reason::removed};
    director.change_error = "the director's own reason";
    EXPECT_EQ(refused("web", "10.1.0.1:80", 1), "no server 10.1.0.1:80 in web");
    EXPECT_TRUE(director.changes.empty());
    EXPECT_EQ(refused("web", "10.1.0.1", 1), "the director's own reason");
}

TEST_F(commands_test, a_reload_reports_every_problem) {
    EXPECT_TRUE(ask({{"command", "reload"}}).empty());
    director.info.config_file = "/etc/weir/weir.conf";
    director.problems = {{{"/etc/weir/weir.conf", 3}, "no key `serevr`"},
                         {{"/etc/weir/weir.conf", 9}, "no scheduler `wwc`"}};
    try {
        ask({{"command", "reload"}});
        FAIL() << "a bad file was accepted";
    } catch (const message::refused& e) {
        EXPECT_STREQ(e.what(), "/etc/weir/weir.conf not applied: nothing has changed");
        EXPECT_EQ(e.problems(),
                  (std::vector<std::string>{"/etc/weir/weir.conf:3: no key `serevr`",
                                            "/etc/weir/weir.conf:9: no scheduler `wwc`"}));
    }
}

TEST_F(commands_test, status_sums_the_books_of_all_cores) {
    director.info = {"lb1",
                     "/etc/weir/weir.conf",
                     std::chrono::seconds(3661),
                     std::chrono::system_clock::from_time_t(1'700'000'000),
                     2,
                     ""};
    worker_info worker;
    worker.cpu = 1;
    worker.cycles = 1000;
    worker.busy_cycles = 250;
    worker.books.received = 100;
    worker.books.transmitted = 90;
    worker.books.dropped[static_cast<std::size_t>(drop_reason::martian)] = 3;
    director.workers_now = {worker, worker};
    director.workers_now[1].number = 1;
    director.workers_now[1].books.dropped[static_cast<std::size_t>(drop_reason::land)] = 1;
    director.books.to_twin = 13;
    busy.sample(director.workers_now);
    director.workers_now[0].cycles += 100;
    director.workers_now[0].busy_cycles += 75;
    busy.sample(director.workers_now);

    const json status = ask({{"command", "status"}}).at(0);
    const json& books = status.at("books");
    EXPECT_EQ(books.at("rx"), 200);
    EXPECT_EQ(books.at("tx"), 180);
    EXPECT_EQ(books.at("twin"), 13);
    EXPECT_EQ(books.at("drops"), (json{{"land", 1}, {"martian", 6}}));
    EXPECT_EQ(status.at("name"), "lb1");
    EXPECT_EQ(status.at("uptime"), 3661);
    EXPECT_EQ(status.at("services"), 2);
    EXPECT_EQ(status.at("neighbours"), 0);
    EXPECT_EQ(status.at("table").at("capacity"), 1024);
    EXPECT_EQ(status.at("workers").at(0).at("busy"), 0.75);
    EXPECT_EQ(status.at("workers").at(1).at("busy"), 0.25);
    EXPECT_EQ(status.at("config"), (json{{"file", "/etc/weir/weir.conf"},
                                         {"loaded", "2023-11-14T22:13:20Z"},
                                         {"reloads", 2},
                                         {"last_error", nullptr}}));
    const std::string text = weirctl::status_text(status);
    EXPECT_TRUE(text.starts_with("weir " WEIR_VERSION ", lb1, up 01:01:01\n")) << text;
    EXPECT_NE(text.find("dropped: martian"), std::string::npos) << text;
    const json brief = short_status(director, busy);
    EXPECT_EQ(brief.at("workers").at("0").at("busy_percent"), 75);
    EXPECT_FALSE(brief.contains("ports"));
}

TEST_F(commands_test, vrrp_with_its_state_and_why) {
    EXPECT_EQ(ask({{"command", "status"}}).at(0).at("vrrp"), json::array());
    vrrp_info info;
    info.name = "outside";
    info.group = "site";
    info.port = "wan";
    info.id = 51;
    info.state = "active";
    info.priority = 200;
    info.since = std::chrono::system_clock::time_point{std::chrono::seconds{1'700'000'000}};
    info.why = "no advertisement for 312 ms";
    info.addresses = {ip_address::v4(192, 0, 2, 100), *parse_address("2001:db8::100")};
    info.sent = 7;
    info.refused = {{"ttl", 1}, {"checksum", 2}};
    director.vrrps_now = {info};
    const json status = ask({{"command", "status"}}).at(0);
    const json& vrrp = status.at("vrrp").at(0);
    EXPECT_EQ(vrrp.at("state"), "active");
    EXPECT_EQ(vrrp.at("since"), "2023-11-14T22:13:20Z");
    EXPECT_EQ(vrrp.at("addresses"), (json{"192.0.2.100", "2001:db8::100"}));
    EXPECT_EQ(vrrp.at("refused"), (json{{"checksum", 2}, {"ttl", 1}}));
    const std::string text = weirctl::status_text(status);
    EXPECT_NE(text.find("\nvrrp outside: active, since 2023-11-14T22:13:20Z: no advertisement for "
                        "312 ms\n"
                        "  port wan, id 51, priority 200, group site, addresses 192.0.2.100, "
                        "2001:db8::100\n"
                        "  advertisements sent 7, heard 0, refused 3; transitions 0, splits 0\n"),
              std::string::npos)
        << text;
}

TEST_F(commands_test, peers_with_what_they_know) {
    EXPECT_EQ(ask({{"command", "status"}}).at(0).at("peers"), json::array());
    peer_info info;
    info.name = "b";
    info.director = "lb-b";
    info.address = "192.0.2.3:7411";
    info.in_step = info.listens = info.tells = true;
    info.filled = 1;
    info.lag = 3;
    info.told = 10;
    info.adopted = 4;
    info.since = std::chrono::system_clock::time_point{std::chrono::seconds{1'700'000'000}};
    director.peers_now = {info};
    json status = ask({{"command", "status"}}).at(0);
    EXPECT_EQ(status.at("peers").at(0).at("in_step"), true);
    EXPECT_EQ(status.at("peers").at(0).at("lag_ms"), 3);
    std::string text = weirctl::status_text(status);
    EXPECT_NE(
        text.find("\npeer b: in step, since 2023-11-14T22:13:20Z\n"
                  "  192.0.2.3:7411 (lb-b), 100 % told, behind by 3 ms at most; lost 0 times\n"
                  "  connections told 10, taken over 4; no room there 0, here 0\n"),
        std::string::npos)
        << text;
    EXPECT_EQ(text.find("the files differ"), std::string::npos);

    info.in_step = false;
    info.why = "silent for 5 seconds";
    info.unknown_here = 2;
    info.unknown_there = 1;
    info.first_unknown = "192.0.2.13 of the service at 192.0.2.100:80/tcp";
    director.peers_now = {info};
    text = weirctl::status_text(ask({{"command", "status"}}).at(0));
    EXPECT_NE(
        text.find("\npeer b: not in step, since 2023-11-14T22:13:20Z: silent for 5 seconds\n"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("  the files differ: their services have other servers\n"
                        "  servers that are not in this file: 2, as 192.0.2.13 of the service at "
                        "192.0.2.100:80/tcp\n"
                        "  servers that are not in its file: 1\n"),
              std::string::npos)
        << text;
}

TEST_F(commands_test, failover_of_a_vrrp) {
    const json request{{"command", "failover"}, {"vrrp", "outside"}};
    ask(request);
    EXPECT_EQ(director.changes, std::vector<std::string>{"failover outside"});
    director.change_error = "vrrp outside is not active here, but backup";
    EXPECT_EQ(error_of(request), director.change_error);
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
