// What services share: [defaults], [pool], [check]; and checks of a server of its own.

#include <gtest/gtest.h>

#include "config/extra_server.h"
#include "unit/config/mistakes.h"

namespace weir::config {
namespace {

using namespace std::chrono_literals;

service first_service(const std::string& text) {
    return good(some_port + text).services.at(0);
}

TEST(config_defaults, hold_for_all_services_wherever_they_stand) {
    const configuration c = good(std::string(some_port)
                                 + "[service a]\nlisten = 192.0.2.1:80\n"
                                   "[service b]\nlisten = 192.0.2.2:80\nforward = dr\n"
                                   "scheduler = rr\ncheck = icmp\npersistence = none\n"
                                   "fallback = none\nhold-down = 1s\ntimeout = udp=2s\n"
                                   "[defaults]\nforward = nat\nscheduler = mh port\ncheck = tcp\n"
                                   "check = http\npersistence = 300\nfallback = 192.0.2.99\n"
                                   "hold-down = 10s max=20s\ntimeout = udp=9s tcp-close=3s\n"
                                   "slow-start = 5s\n"
                                   "[director]\ntimeout = tcp-close=4s tcp-fin-wait=5s\n");
    const service& a = c.services.at(0);
    EXPECT_EQ(a.forward.mode, forward_mode::nat);
    EXPECT_EQ(a.scheduler_options, std::vector<std::string>{"port"});
    EXPECT_EQ(a.checks.size(), 2U);
    EXPECT_EQ(a.persistence.timeout, 300s);
    EXPECT_EQ(a.fallback.value().where.line, 20U);
    EXPECT_EQ(a.hold_down, (flap_damping{10s, 20s}));
    EXPECT_EQ(a.slow_start, 5s);
    EXPECT_EQ(a.timeout[flow_state::udp], 9);
    EXPECT_EQ(a.timeout[flow_state::close], 3);
    EXPECT_EQ(a.timeout[flow_state::fin_wait], 5);
    EXPECT_EQ(place_of(a, "scheduler").line, 16U);
    const service& b = c.services.at(1);
    EXPECT_EQ(b.forward.mode, forward_mode::dr);
    EXPECT_EQ(b.scheduler, "rr");
    EXPECT_TRUE(b.scheduler_options.empty());
    ASSERT_EQ(b.checks.size(), 1U);
    EXPECT_EQ(b.checks[0].type, check_type::icmp);
    EXPECT_EQ(b.persistence.timeout, 0s);
    EXPECT_FALSE(b.fallback);
    EXPECT_EQ(b.hold_down, (flap_damping{1s, 300s})) << "nothing of the default's";
    EXPECT_EQ(b.timeout[flow_state::udp], 2);
    EXPECT_EQ(b.timeout[flow_state::close], 3);
}

TEST(config_defaults, may_be_taken_back) {
    EXPECT_TRUE(first_service("[defaults]\ncheck = tcp\n[service a]\nlisten = 192.0.2.1:80\n"
                              "check = none\n")
                    .checks.empty());
    // Where a service cannot use a default, the default does no harm.
    EXPECT_EQ(problems_of(some_port
                          + std::string("[defaults]\nslow-start = 5s\n"
                                        "expire-quiescent = yes\n"
                                        "[service a]\nlisten = 192.0.2.1:80\n")),
              "");
}

TEST(config_pool, gives_its_servers_to_services) {
    const configuration c =
        good(std::string(some_port)
             + "[service a]\nlisten = 192.0.2.1:80\nforward = nat\nserver = 192.0.2.10\n"
               "servers = web port=8080\nserver = 192.0.2.20\nservers = more\n"
               "[service b]\nlisten = 192.0.2.2:443\nservers = web\n"
               "[pool web]\nserver = 192.0.2.11 name=w1 weight=3 check=none\nserver = 192.0.2.12\n"
               "[pool more]\nserver = 192.0.2.13:81\n");
    std::vector<std::string> names;
    for (const server& s : c.services.at(0).servers)
        names.push_back(to_string(s.address, s.port));
    EXPECT_EQ(names, (std::vector<std::string>{"192.0.2.10:0", "192.0.2.11:8080", "192.0.2.12:8080",
                                               "192.0.2.20:0", "192.0.2.13:81"}));
    EXPECT_EQ(c.services.at(0).servers.at(1).where.line, 14U);
    EXPECT_EQ(c.services.at(0).servers.at(3).where.line, 8U);
    const server& first = c.services.at(1).servers.at(0);
    EXPECT_EQ(first.port, 0);
    EXPECT_EQ(first.word, "w1");
    EXPECT_EQ(first.weight, 3);
    EXPECT_EQ(first.checks, std::vector<check>{});
}

TEST(config_check, is_shared_by_services_and_servers) {
    const configuration c = good(
        std::string(some_port)
        + "[check web]\ncheck = http path=/healthy body=\"a b\" interval=1s\n"
          "check = tcp port=22\n"
          "[service a]\nlisten = 192.0.2.1:80\ncheck = web\nserver = 192.0.2.11\n"
          "server = 192.0.2.12 check=web interval=3s check=icmp\n"
          "[service b]\nlisten = 192.0.2.2:80\ncheck = icmp\ncheck = web interval=4s port=81\n");
    const service& a = c.services.at(0);
    ASSERT_EQ(a.checks.size(), 2U);
    EXPECT_EQ(a.checks[0].path, "/healthy");
    EXPECT_EQ(a.checks[1].port, 22);
    EXPECT_FALSE(a.servers.at(0).checks);
    EXPECT_EQ(&checks_of(a, a.servers[0]), &a.checks);
    const auto& own = checks_of(a, a.servers.at(1));
    ASSERT_EQ(own.size(), 3U);
    EXPECT_EQ(own[0].path, "/healthy");
    EXPECT_EQ(own[0].interval, 3s);
    EXPECT_EQ(own[1].interval, 3s);
    EXPECT_EQ(own[2].type, check_type::icmp);
    const service& b = c.services.at(1);
    ASSERT_EQ(b.checks.size(), 3U);
    EXPECT_EQ(b.checks[1].interval, 4s);
    EXPECT_EQ(b.checks[1].port, 81);
    EXPECT_EQ(b.checks[2].port, 81) << "the service's port instead of the check's";
}

TEST(config_check, is_known_to_a_server_that_comes_at_run_time) {
    configuration c = good(std::string(some_port)
                           + "[check page]\ncheck = http path=/healthy interval=7s\n"
                             "[service web]\nlisten = 192.0.2.100:80\nserver = 192.0.2.11\n");
    EXPECT_TRUE(add_server(c, c.services[0], "192.0.2.12 check=page interval=9s", {}).empty());
    ASSERT_EQ(c.services[0].servers.size(), 2U);
    EXPECT_EQ(c.services[0].servers[1].checks.value().at(0).interval, std::chrono::seconds(9));
    const auto wrong = add_server(c, c.services[0], "192.0.2.13 check=pgae", {});
    ASSERT_EQ(wrong.size(), 1U);
    EXPECT_NE(wrong[0].text.find("did you mean `page`?"), std::string::npos) << wrong[0].text;
}

TEST(config_server, may_have_checks_of_its_own) {
    const service s = service_with("server = 192.0.2.11 weight=2 check=none\n"
                                   "server = 192.0.2.12 check=http path=/x body=\"all well\"\n"
                                   "server = 192.0.2.13 check=dns name=example.com check=script "
                                   "run=\"/bin/sh -c 'check=1'\" weight=yes\n"
                                   "server = 192.0.2.14\n");
    EXPECT_EQ(s.servers.at(0).weight, 2);
    EXPECT_EQ(s.servers.at(0).checks, std::vector<check>{});
    EXPECT_EQ(s.servers.at(1).checks.value().at(0).body, "all well");
    ASSERT_EQ(s.servers.at(2).checks.value().size(), 2U);
    EXPECT_EQ(s.servers[2].checks->at(0).name, "example.com");
    EXPECT_TRUE(s.servers[2].checks->at(1).weight);
    EXPECT_FALSE(s.servers.at(3).checks);
}

class shared_mistakes : public mistakes {};
TEST_P(shared_mistakes, are_told_once_with_their_line) {
    is_told_once_with_its_line();
}

std::string with(const std::string& lines) {
    return some_port + lines;
}
const std::string web = "[service web]\nlisten = 192.0.2.100:80\n"; // from line 3 on

INSTANTIATE_TEST_SUITE_P(
    of_, shared_mistakes,
    testing::Values(
        mistake{with(web + "check = wbe\n[check web]\ncheck = tcp\n"),
                "t.conf:5: check: `wbe` is not valid; did you mean `web`?"},
        mistake{
            with(web + "check = web body=x\n[check web]\ncheck = tcp\n"),
            "t.conf:5: check: `body` is not a parameter of tcp checks; valid: interval, timeout, "
            "fall-interval, fall, rise, first-state, port, from, to"},
        mistake{with(web + "check = web\n[check web]\ncheck = tpc\n"),
                "t.conf:7: check: `tpc` is not valid; did you mean `tcp`?"},
        mistake{with(web + "slow-start = 1s\ncheck = web\n[check web]\nchekc = tcp\n"),
                "t.conf:8: `chekc` is not a key of [check]; did you mean `check`?"},
        mistake{with(web + "check = tcp\n[check tcp]\ncheck = tcp\n"),
                "t.conf:6: `tcp` is a type of checks: give this [check] another name"},
        mistake{with("[check none]\ncheck = tcp\n"),
                "t.conf:3: `none` is no check: give this [check] another name"},
        mistake{with("[check web]\n"),
                "t.conf:3: [check web] has no `check`: write `check = http path=/healthy`"},
        mistake{with(web + "check = tcp\ncheck = none\n"),
                "t.conf:6: check: `check = none` stands alone: leave it or the others out"},
        mistake{with(web + "check = none\ncheck = tcp\n"),
                "t.conf:6: check: `check = none` stands alone: leave it or the others out"},
        mistake{with(web + "check = none port=3\n"),
                "t.conf:5: check: `port=3` is one word too many: `none` stands alone"},
        mistake{with(web + "servers = wbe\n[pool web]\nserver = 192.0.2.11\n"),
                "t.conf:5: servers: there is no [pool wbe]; did you mean `web`?"},
        mistake{with(web + "servers = web\n"),
                "t.conf:5: servers: there is no [pool web]; write it, with a `server =` line for "
                "each"},
        mistake{with(web + "servers = 192.0.2.11\n"),
                "t.conf:5: servers: `192.0.2.11` is a server: write `server = 192.0.2.11`"},
        mistake{with(web + "servers = web\nservers = web\n[pool web]\nserver = 192.0.2.11\n"),
                "t.conf:6: servers: [pool web] is given twice: give it once"},
        mistake{with(web + "servers = web\n[pool web]\nserver = 192.0.2.11 wight=1\n"),
                "t.conf:7: server: `wight` is not a property of a server; did you mean `weight`?"},
        mistake{
            with(web + "servers = web prot=1\n[pool web]\nserver = 192.0.2.11\n"),
            "t.conf:5: servers: `prot` is not a property of a pool's use; did you mean `port`?"},
        mistake{with("[pool web]\n"),
                "t.conf:3: [pool web] has no `server`: write `server = 192.0.2.11`"},
        mistake{with("[pool web]\nlisten = 192.0.2.1:80\nserver = 192.0.2.11\n"),
                "t.conf:4: `listen` is not a key of [pool]; valid: server"},
        mistake{with(web + "server = 192.0.2.11\nservers = web\n[pool web]\nserver = 192.0.2.11\n"),
                "t.conf:8: server 192.0.2.11:80 is already on line 5: give it once, with its whole "
                "weight"},
        mistake{with("[defaults]\nserver = 192.0.2.11\n"),
                "t.conf:4: `server` is not a key of [defaults]; "
                "a [pool] has servers, and services use it by `servers = NAME`"},
        mistake{with("[defaults web]\nforward = dr\n"),
                "t.conf:3: [defaults] has no name: write `[defaults]`"},
        mistake{
            with("[defaults]\nscheduler = wlcc\n" + web + "[service b]\nlisten = 192.0.2.101:80\n"),
            "t.conf:4: scheduler: there is no scheduler `wlcc`; did you mean `wlc`?"},
        mistake{with("[defaults]\nforward = nta\n" + web + "server = 2001:db8::1\n"),
                "t.conf:4: forward: `nta` is not valid; did you mean `nat`?"},
        mistake{with(web + "server = 192.0.2.11 check=tcp port=81 weight=3\n"),
                "t.conf:5: server: `weight=3` belongs to the server: write it before check=, "
                "behind which all belongs to the check"},
        mistake{with(web + "server = 192.0.2.11 check=none check=tcp\n"),
                "t.conf:5: server: check=none stands alone: leave it or the others out"},
        mistake{with(web + "server = 192.0.2.11 check=\n"),
                "t.conf:5: server: `check` has no value: write `check=TYPE` or `check=none`"},
        mistake{with(web + "server = 192.0.2.11 check\n"),
                "t.conf:5: server: `check` has no value: write `check=VALUE`"},
        mistake{with(web + "server = 192.0.2.11 check=tcp from=2001:db8::1\n"),
                "t.conf:5: server: check: from=2001:db8::1 is not IPv4 as server 192.0.2.11 is"},
        mistake{with(web + "forward = nat\nserver = 192.0.2.11 check=tcp to=vip\n"),
                "t.conf:6: server: check: to=vip needs servers that have the VIP, and those of "
                "`forward = nat` do not: leave it out, or use `forward = dr` or `tun`"}));

} // namespace
} // namespace weir::config
