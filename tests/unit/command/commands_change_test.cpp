// What the commands that change something ask of the director, and what they answer.

#include "unit/command/commands_fixture.h"
#include "weirctl/save.h"

namespace weir::command {
namespace {

using nlohmann::json;

using commands_change_test = commands_test;

TEST_F(commands_change_test, changes_reach_the_director_with_full_names) {
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

TEST_F(commands_change_test, servers_are_taken_out_of_all_services) {
    director.services[1].servers[0].address = director.services[0].servers[1].address;
    director.services[1].servers[0].port = 8080;
    director.services[0].servers[0].word = "web1";
    const auto ask_for = [&](const char* command, json servers) {
        director.changes.clear();
        const auto lines = ask({{"command", command}, {"servers", std::move(servers)}});
        EXPECT_EQ(lines.size(), director.changes.size());
        return fmt::format("{}", fmt::join(director.changes, "; "));
    };
    EXPECT_EQ(ask_for("drain", {"10.1.0.2"}),
              "weight web 10.1.0.2:80 0; weight dns 10.1.0.2:8080 0");
    EXPECT_EQ(ask_for("drain", {"10.1.0.2:8080"}), "weight dns 10.1.0.2:8080 0");
    EXPECT_EQ(ask_for("disable", {"10.1.0.2", "web1", "10.1.0.1"}),
              "disable web 10.1.0.1:80; disable web 10.1.0.2:80; disable dns 10.1.0.2:8080")
        << "each once";
    EXPECT_EQ(ask_for("enable", {"web", "web1", "10.1.0.2"}),
              "enable web 10.1.0.1:80; enable web 10.1.0.2:80")
        << "the first may be a service";
    director.changes.clear();
    EXPECT_EQ(error_of({{"command", "drain"}, {"servers", {"10.1.0.2", "10.9.0.9"}}}),
              "no server 10.9.0.9 in any service");
    EXPECT_EQ(
        error_of({{"command", "drain"}, {"servers", {"web1"}}, {"service", "dns"}}).substr(0, 23),
        "no server \"web1\" in dns");
    EXPECT_EQ(error_of({{"command", "drain"}, {"servers", {"web"}}}),
              "web is a service: give its servers behind it, or in their place");
    EXPECT_EQ(error_of({{"command", "drain"}, {"servers", json::array()}}), "\"servers\" is empty");
    EXPECT_EQ(error_of({{"command", "drain"}, {"servers", {1}}}),
              "\"servers\" must be an array of strings");
    EXPECT_TRUE(director.changes.empty()) << "all or nothing";
}

TEST_F(commands_change_test, an_address_alone_means_each_of_its_ports) {
    director.services[0].servers[1].address = director.services[0].servers[0].address;
    director.services[0].servers[1].port = 8080;
    EXPECT_EQ(change("drain", "web", "10.1.0.1"),
              "weight web 10.1.0.1:80 0; weight web 10.1.0.1:8080 0");
}

TEST_F(commands_change_test, each_change_says_what_became_of_the_server) {
    director.services[0].servers[0].word = "web1";
    const auto drained = ask({{"command", "drain"}, {"servers", {"web1"}}});
    EXPECT_EQ(drained.at(0), (json{{"changed",
                                    {{"service", "web"},
                                     {"server", "10.1.0.1:80"},
                                     {"name", "web1"},
                                     {"address", "10.1.0.1"},
                                     {"port", 0},
                                     {"text", "is drained"}}}}));
    const auto says = [&](const json& request) {
        return ask(request).at(0).at("changed").at("text").get<std::string>();
    };
    EXPECT_EQ(says({{"command", "enable"}, {"servers", {"web1"}}}), "is enabled");
    EXPECT_EQ(says({{"command", "weight"}, {"service", "web"}, {"server", "web1"}, {"weight", 3}}),
              "has weight 3");
    director.services[0].servers[0].why = {idle_reason::down};
    EXPECT_EQ(says({{"command", "enable"}, {"servers", {"web1"}}}),
              "is enabled, but gets no connections: down");
    director.services[0].servers[0].why = {idle_reason::drained};
    director.services[0].servers[0].base_weight = 0;
    director.services[0].servers[0].configured_weight = 0;
    EXPECT_EQ(says({{"command", "enable"}, {"servers", {"web1"}}}),
              "is enabled, but still gets no connections: its weight in the file is 0, and "
              "`weirctl weight` gives it another");
}

TEST_F(commands_change_test, servers_are_added_and_removed) {
    const auto added = ask({{"command", "add-server"},
                            {"service", "192.0.2.1:80/tcp"},
                            {"server", "10.1.0.9 weight=2"}});
    EXPECT_EQ(director.changes.back(), "add web 10.1.0.9 weight=2");
    EXPECT_EQ(added.at(0).at("changed").at("server"), "10.1.0.9:80");
    EXPECT_EQ(added.at(0).at("changed").at("text"),
              "is added; the file does not have it (`weirctl save --conf`)");
    const auto says = [&](const char* server) {
        return ask({{"command", "remove-server"}, {"service", "web"}, {"server", server}})
            .at(0)
            .at("changed")
            .at("text")
            .get<std::string>();
    };
    EXPECT_EQ(says("10.1.0.9"), "is removed, its connections go on");
    EXPECT_EQ(says("10.1.0.1"),
              "is removed, its connections go on; the file has it (`weirctl save --conf`)");
    EXPECT_EQ(director.changes.back(), "remove web 10.1.0.1:80");
    director.problems = {{{"weirctl", 0}, "server: `x` is wrong"}, {{"weirctl", 0}, "so is `y`"}};
    EXPECT_EQ(error_of({{"command", "add-server"}, {"service", "web"}, {"server", "x y"}}),
              "service web: server: `x` is wrong; so is `y`");
}

TEST_F(commands_change_test, changes_at_run_time_are_listed_and_printed) {
    using std::chrono::seconds;
    const change_info::moment then{seconds{1'700'000'000}};
    director.changes_now = {
        {.service = "dns",
         .server = "10.2.0.1",
         .weight = 0,
         .weight_in_file = 3,
         .weight_since = then},
        {.service = "web", .server = "10.1.0.1", .disabled = then},
        {.service = "web", .server = "10.1.0.2", .removed = then},
        {.service = "web", .server = "10.1.0.9", .line = "10.1.0.9 weight=2", .added = then}};
    std::vector<json> lines;
    for (const json& line : ask({{"command", "changes"}}))
        lines.push_back(line.at("change"));
    EXPECT_EQ(
        weirctl::changes_text(lines),
        "[service dns]\n"
        "  server = 10.2.0.1: weight=0 instead of weight=3    # drained 2023-11-14T22:13:20Z\n"
        "\n"
        "[service web]\n"
        "  server = 10.1.0.1: disabled, which the file cannot say    # since 2023-11-14T22:13:20Z\n"
        "- server = 10.1.0.2    # removed 2023-11-14T22:13:20Z\n"
        "+ server = 10.1.0.9 weight=2    # added 2023-11-14T22:13:20Z\n");
    EXPECT_EQ(weirctl::changes_text({}), "");
}

TEST_F(commands_change_test, servers_are_found_and_shown_by_their_names) {
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

TEST_F(commands_change_test, changes_that_make_no_sense_reach_nobody) {
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

TEST_F(commands_change_test, a_reload_reports_every_problem) {
    EXPECT_TRUE(ask({{"command", "reload"}}).empty());
    director.outlook.changes = {"service web is new", "service dns is gone"};
    EXPECT_EQ(ask({{"command", "reload"}}),
              (std::vector<json>{{{"change", "service web is new"}},
                                 {{"change", "service dns is gone"}}}));
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

TEST_F(commands_change_test, a_look_at_a_reload_changes_nothing) {
    director.outlook.changes = {"service web is new"};
    director.outlook.restart = {{{"/etc/weir/weir.conf", 4}, "memory: from 1 to 2"}};
    EXPECT_EQ(ask({{"command", "check-reload"}}),
              (std::vector<json>{{{"change", "service web is new"}},
                                 {{"restart", "/etc/weir/weir.conf:4: memory: from 1 to 2"}}}));
    EXPECT_TRUE(director.changes.empty());
    director.info.config_file = "/etc/weir/weir.conf";
    director.outlook.mistakes = {{{"/etc/weir/weir.conf", 3}, "no key `serevr`"}};
    try {
        ask({{"command", "check-reload"}});
        FAIL() << "a bad file was accepted";
    } catch (const message::refused& e) {
        EXPECT_STREQ(e.what(), "/etc/weir/weir.conf would not be applied");
        EXPECT_EQ(e.problems(), std::vector<std::string>{"/etc/weir/weir.conf:3: no key `serevr`"});
    }
}

TEST_F(commands_change_test, failover_of_a_vrrp) {
    const json request{{"command", "failover"}, {"vrrp", "outside"}};
    ask(request);
    EXPECT_EQ(director.changes, std::vector<std::string>{"failover outside"});
    director.change_error = "vrrp outside is not active here, but backup";
    EXPECT_EQ(error_of(request), director.change_error);
}

} // namespace
} // namespace weir::command
