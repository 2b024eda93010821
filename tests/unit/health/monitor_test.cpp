// Servers that fall and rise under real checks: what their connections are to do, and how long one
// that flaps stays down.

#include <set>

#include "unit/health/monitored.h"
#include "unit/no_descriptors.h"

namespace weir::health {
namespace {

using namespace std::chrono_literals;

TEST_F(monitored, lines_and_checks_have_the_servers_name) {
    apply("", "tcp", forward_mode::dr, "web1");
    until(true);
    EXPECT_EQ(lines.back().find("service web: web1 (127.0.0.1:"), 0u) << lines.back();
    EXPECT_EQ(checks.checks("web").at(0).word, "web1");
    apply("", "tcp", forward_mode::dr, "web2");
    EXPECT_EQ(checks.checks("web").at(0).word, "web2");
    fall();
    EXPECT_EQ(lines.back().find("service web: web2 (127.0.0.1:"), 0u) << lines.back();
}

TEST_F(monitored, a_server_that_goes_down_and_comes_up_is_an_event_each_time) {
    apply("", "tcp", forward_mode::dr, "web1");
    until(true);
    EXPECT_TRUE(turned.empty()) << "it was never down";
    fall();
    ASSERT_EQ(turned.size(), 1u);
    EXPECT_EQ(turned.back().service, "web");
    EXPECT_TRUE(turned.back().server.starts_with("web1 (127.0.0.1:")) << turned.back().server;
    EXPECT_FALSE(turned.back().up);
    EXPECT_EQ(turned.back().why, "tcp: connection refused");
    at.wind(50ms);
    EXPECT_EQ(turned.size(), 1u) << "it is still down";
    server.start();
    until(true);
    ASSERT_EQ(turned.size(), 2u);
    EXPECT_TRUE(turned.back().up);
}

TEST_F(monitored, bad_answers_count_for_nothing_when_the_fault_is_here) {
    apply("");
    until(true);
    fault = "the link of port lan is down";
    server.stop();
    at.wind(1s);
    EXPECT_EQ(now.fit, fitness::good);
    EXPECT_EQ(checks.checks("web").at(0).answer, "not checked: the link of port lan is down");
    EXPECT_EQ(lines.back(), "service web: 127.0.0.1:" + std::to_string(server.port())
                                + ": tcp: not checked: the link of port lan is down");
    EXPECT_GE(checks.how_punctual().unable, 100u);
    fault.clear();
    EXPECT_EQ(until(false), 10ms);
    fault = "the link of port lan is down";
    server.start();
    until(true); // a good answer counts
}

TEST_F(monitored, a_server_that_begins_to_fall_is_asked_sooner) {
    apply("", "tcp", forward_mode::dr, "", "interval=10s fall=3 rise=1 fall-interval=100ms");
    until(true);
    server.stop();
    at.until([this] { return checks.checks("web").at(0).answer != "connected"; });
    EXPECT_EQ(now.fit, fitness::good);
    EXPECT_EQ(until(false), 200ms);
    const auto fallen = checks.how_punctual().turns;
    at.wind(30s);
    EXPECT_EQ(checks.how_punctual().turns - fallen, 3u) << "down: at its interval again";
    server.start();
    until(true);
    server.stop();
    at.until([this] { return checks.checks("web").at(0).answer != "connected"; });
    server.start();
    const auto risen = checks.how_punctual().turns;
    at.wind(30s);
    EXPECT_EQ(now.fit, fitness::good);
    EXPECT_LE(checks.how_punctual().turns - risen, 4u) << "one good answer ends the hurry";
}

TEST_F(monitored, a_server_that_is_silent_may_have_a_new_mac) {
    apply("");
    until(true);
    fall();
    EXPECT_TRUE(silent.empty()) << "a refusal comes from the right host";
    server.start();
    at.settled = [] { return true; };
    apply("", "http"); // the server takes connections and says nothing
    at.wind(1s);
    ASSERT_FALSE(silent.empty());
    EXPECT_EQ(silent.front(), *parse_address("127.0.0.1"));
}

TEST_F(monitored, silence_judges_no_server_whose_answers_were_dropped_here) {
    apply("");
    until(true);
    at.settled = [] { return true; };
    unheard = "weir has dropped packets of this check";
    apply("", "http"); // the server takes connections and says nothing
    at.wind(1s);
    EXPECT_EQ(now.fit, fitness::good);
    EXPECT_EQ(checks.checks("web").at(0).answer, "not checked: " + unheard);
    unheard.clear();
    until(false);
}

TEST_F(monitored, a_request_lost_on_the_way_to_a_vip_judges_nobody) {
    for (const char* who : {"192.0.2.100", "127.0.0.1"}) { // in a tunnel it goes to the server
        apply("", "tcp to=vip", forward_mode::tun);
        until(true);
        const auto settled = std::exchange(at.settled, [] { return true; });
        unheard = "weir has dropped packets of this check";
        lost_at = *parse_address(who);
        apply("", "http to=vip",
              forward_mode::tun); // the server takes connections and says nothing
        at.wind(1s);
        EXPECT_EQ(now.fit, fitness::good) << who;
        EXPECT_EQ(checks.checks("web").at(0).answer, "not checked: " + unheard) << who;
        unheard.clear();
        until(false);
        at.settled = settled;
    }
}

TEST_F(monitored, a_refusal_was_heard_whatever_else_was_dropped) {
    apply("");
    until(true);
    unheard = "weir has dropped packets of this check";
    server.stop();
    until(false);
}

TEST_F(monitored, a_new_server_is_unproven_until_its_first_answer) {
    apply("", "tcp");
    EXPECT_EQ(now.fit, fitness::unproven);
    until(true);
    fresh = true;
    checks.apply({});
    apply("", "tcp first-state=down");
    EXPECT_EQ(now.fit, fitness::bad);
    fresh = true;
    checks.apply({});
    apply("", "tcp first-state=up");
    EXPECT_EQ(now.fit, fitness::good);
    EXPECT_EQ(lines.back().find("is up"), std::string::npos) << lines.back();
}

TEST_F(monitored, a_check_of_the_vip_takes_a_detour_with_a_port_of_its_own) {
    for (const auto mode : {forward_mode::dr, forward_mode::tun}) {
        detours.opened.clear();
        apply("hold-down = 0\n", "tcp to=vip from=127.0.0.1", mode);
        until(true);
        ASSERT_FALSE(detours.opened.empty());
        const detour way = detours.opened.front();
        EXPECT_GT(way.local_port, 0);
        EXPECT_EQ(way,
                  (detour{.proto = protocol::tcp,
                          .local_port = way.local_port,
                          .local = *parse_address("127.0.0.1"),
                          .server = *parse_address("127.0.0.1"),
                          .port = server.port(),
                          .vip = *parse_address("192.0.2.100"),
                          .tunnel = mode == forward_mode::tun ? std::optional(encapsulation::ipip)
                                                              : std::nullopt}));
        EXPECT_EQ(detours.closed.front(), detours.opened.front());
        EXPECT_EQ(checks.checks("web").at(0).asked, way.vip);
        fall();
        EXPECT_EQ(lines.back(), "service web: 127.0.0.1:" + std::to_string(server.port())
                                    + " is down: tcp to the VIP: connection refused");
        detours.closed.clear();
        server.start();
    }
    detours.opened.clear();
    apply("");
    until(true);
    EXPECT_TRUE(detours.opened.empty()) << "the server's own address";
    EXPECT_EQ(checks.checks("web").at(0).asked, *parse_address("127.0.0.1"));
}

TEST_F(monitored, an_answer_that_is_not_the_vips_says_nothing) {
    detours.are_taken = false;
    for (const char* check : {"tcp to=vip", "udp payload=x to=vip timeout=5ms"}) {
        apply("", check);
        const auto turns = checks.how_punctual().turns;
        at.settled = [] { return true; }; // a datagram without an answer waits for its timeout
        at.until([&] { return checks.how_punctual().turns > turns + 3; });
        EXPECT_EQ(checks.checks("web").at(0).state, "unknown");
        EXPECT_EQ(checks.checks("web").at(0).answer,
                  "not checked: the way to the server leads through no port of weir");
        EXPECT_GE(checks.how_punctual().unable, 2u);
        fresh = true;
        checks.apply({});
    }
}

TEST_F(monitored, the_vip_of_a_server_that_is_this_host_is_asked_without_a_detour) {
    service = config::service_with("server = 192.0.2.1\ncheck = tcp interval=10ms to=vip\n");
    service.listen.front().address = *parse_address("127.0.0.1");
    checks.prepare({service});
    checks.apply({{&service,
                   {{1, *parse_address("192.0.2.1"), server.port(), 1, true,
                     forwarding{forward_mode::local}}}}});
    until(true);
    EXPECT_TRUE(detours.opened.empty());
}

TEST_F(monitored, a_server_stays_what_it_is_while_there_are_no_descriptors) {
    apply("hold-down = 0\n");
    until(true);
    server.stop();
    const auto told = lines.size();
    const auto turns = checks.how_punctual().turns;
    {
        const no_descriptors none;
        at.wind(200ms);
    }
    EXPECT_EQ(checks.how_punctual().unable, 20u);
    EXPECT_EQ(now.fit, fitness::good);
    EXPECT_EQ(checks.checks("web").at(0).state, "up");
    ASSERT_EQ(lines.size(), told + 1) << "told once";
    EXPECT_EQ(lines.back(), "service web: 127.0.0.1:" + std::to_string(server.port())
                                + ": tcp: not checked: cannot open a socket: too many open files "
                                  "(raise LimitNOFILE)");
    EXPECT_EQ(checks.how_punctual().turns - turns, 20u) << "it does not hurry";
    until(false); // now it is seen
}

} // namespace
} // namespace weir::health
