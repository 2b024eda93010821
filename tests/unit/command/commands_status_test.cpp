// What `status` answers, and what weirctl prints of it.

#include "metrics/page.h"
#include "unit/command/commands_fixture.h"
#include "weirctl/commands.h"

namespace weir::command {
namespace {

using nlohmann::json;

using commands_status_test = commands_test;

TEST_F(commands_status_test, status_sums_the_books_of_all_cores) {
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
    EXPECT_EQ(status.at("table").at("capacity"), director.flows->entries());
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

TEST_F(commands_status_test, vrrp_with_its_state_and_why) {
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
    info.configured_priority = 250;
    info.waits_for = "script uplink has not answered yet";
    info.tracked = {{"port lan", 0, true, true, "it has a link", info.since},
                    {"ping gateway", -50, false, true, "timeout", info.since},
                    {"ping outside", 20, true, false, "", info.since}};
    director.vrrps_now = {info};
    const json status = ask({{"command", "status"}}).at(0);
    const json& vrrp = status.at("vrrp").at(0);
    EXPECT_EQ(vrrp.at("state"), "active");
    EXPECT_EQ(vrrp.at("since"), "2023-11-14T22:13:20Z");
    EXPECT_EQ(vrrp.at("addresses"), (json{"192.0.2.100", "2001:db8::100"}));
    EXPECT_EQ(vrrp.at("refused"), (json{{"checksum", 2}, {"ttl", 1}}));
    EXPECT_EQ(vrrp.at("tracked").at(1), (json{{"name", "ping gateway"},
                                              {"state", "down"},
                                              {"effect", "-50"},
                                              {"why", "timeout"},
                                              {"since", "2023-11-14T22:13:20Z"}}));
    EXPECT_EQ(vrrp.at("tracked").at(0).at("effect"), "fault");
    EXPECT_EQ(vrrp.at("tracked").at(2).at("effect"), "+20");
    EXPECT_EQ(vrrp.at("tracked").at(2).at("state"), "unknown");
    const std::string text = weirctl::status_text(status);
    EXPECT_NE(text.find("\nvrrp outside: active, since 2023-11-14T22:13:20Z: no advertisement for "
                        "312 ms\n"
                        "  port wan, id 51, priority 200 (250 in the file), group site, addresses "
                        "192.0.2.100, 2001:db8::100\n"
                        "  advertisements sent 7, heard 0, refused 3; transitions 0, splits 0\n"
                        "  tracks port lan (fault): up, since 2023-11-14T22:13:20Z: it has a link\n"
                        "  tracks ping gateway (-50): down, since 2023-11-14T22:13:20Z: timeout\n"),
              std::string::npos)
        << text;
}

TEST_F(commands_status_test, peers_with_what_they_know) {
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

TEST_F(commands_test, vrrp_metrics_of_tracked_things) {
    vrrp_info info;
    info.name = "outside";
    info.state = "active";
    info.priority = 150;
    info.tracked = {{"ping gateway", -50, false, true, "timeout", info.since}};
    director.vrrps_now = {info};
    metrics::page metrics;
    metrics.status(ask({{"command", "status"}}).at(0));
    const std::string page = metrics.whole();
    EXPECT_NE(page.find("weir_vrrp_priority{vrrp=\"outside\"} 150\n"), std::string::npos) << page;
    EXPECT_NE(page.find("weir_vrrp_tracked_good{vrrp=\"outside\",tracked=\"ping gateway\"} 0\n"),
              std::string::npos)
        << page;
}

} // namespace
} // namespace weir::command
