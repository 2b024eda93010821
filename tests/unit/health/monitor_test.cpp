// Servers that fall and rise under real checks: what their connections are to do, and how long one
// that flaps stays down.

#include <gtest/gtest.h>

#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <set>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "health/monitor.h"
#include "unit/config/fixture.h"
#include "unit/health/fake_detours.h"
#include "unit/no_descriptors.h"
#include "unit/wound_loop.h"

namespace weir::health {
namespace {

using namespace std::chrono_literals;

/// A TCP server on the loopback: it can be stopped, and started again on the same port.
class tcp_server {
public:
    tcp_server() { start(); }
    ~tcp_server() { stop(); }

    void start() {
        fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int yes = 1;
        setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        where_.sin_family = AF_INET;
        where_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof where_;
        EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&where_), length), 0);
        EXPECT_EQ(listen(fd_, 1024), 0);
        getsockname(fd_, reinterpret_cast<sockaddr*>(&where_), &length);
    }
    void stop() {
        if (fd_ >= 0) close(std::exchange(fd_, -1));
    }
    std::uint16_t port() const { return ntohs(where_.sin_port); }

private:
    int fd_ = -1;
    sockaddr_in where_{};
};

/// A monitor of one service with one server, the TCP server above. Time goes on once the checks
/// under way have their answers.
class monitored : public testing::Test {
protected:
    monitored() {
        at.settled = [this] { return checks.how_punctual().under_way == 0; };
    }
    void apply(const std::string& keys, const std::string& check = "tcp",
               forward_mode mode = forward_mode::dr, const std::string& word = "",
               const std::string& pace = "interval=10ms fall=1 rise=1") {
        service = config::service_with("server = 192.0.2.1\n" // in place of whom is checked:
                                       "check = "
                                       + check + ' ' + pace + '\n' + keys);
        checks.prepare({service});
        checks.apply({{&service,
                       {{1, *parse_address("127.0.0.1"), server.port(), 1, fresh, {mode}, word}}}});
        fresh = false;
    }
    /// Winds until the server is what it should be; how long that took.
    loop::clock::duration until(bool up) {
        return at.until([this, up] { return (now.fit == fitness::good) == up; });
    }
    void fall() {
        server.stop();
        until(false);
    }

    tcp_server server;
    config::service service;
    wound_loop at;
    fake_detours detours;
    condition now{.fit = fitness::unproven};
    std::deque<std::string> lines;
    std::string fault;   ///< of this host
    std::string unheard; ///< why it may have missed an answer
    ip_address lost_at;  ///< whose; none = everyone's
    monitor checks{at.loop,
                   detours,
                   {[this](target_id, const condition& c) { now = c; },
                    [this](telling, const std::string& line) { lines.push_back(line); },
                    [this](const ip_address&, loop::clock::time_point) { return fault; },
                    [this](const ip_address& who, loop::clock::time_point) {
                        return lost_at.is_none() || lost_at == who ? unheard : "";
                    },
                    [this](const ip_address& who) { silent.push_back(who); },
                    [this](const turnabout& t) { turned.push_back(t); }}};
    std::vector<turnabout> turned;
    std::vector<ip_address> silent;
    bool fresh = true;
};

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

TEST_F(monitored, a_server_that_flaps_is_not_held_unless_the_file_says_so) {
    apply("");
    for (int n = 0; n < 5; ++n) {
        until(true);
        fall();
        server.start();
        EXPECT_EQ(until(true), 10ms);
    }
}

TEST_F(monitored, a_server_that_falls_again_is_held_longer_each_time) {
    apply("hold-down = 300ms max=10s\n");
    until(true);
    for (const auto held : {0ms, 300ms, 600ms}) {
        fall();
        const auto fallen = at.time.now();
        server.start();
        if (held > 0ms) {
            EXPECT_NE(lines.back().find("held for"), std::string::npos) << lines.back();
            // Its checks are good long before.
            const auto state = [&] { return checks.checks("web").at(0); };
            EXPECT_LE(at.until([&] { return state().state == "up"; }), 10ms);
            EXPECT_EQ(now.fit, fitness::held);
            EXPECT_FALSE(state().server_up);
            EXPECT_GT(state().held, 0ms);
        }
        until(true);
        EXPECT_EQ(at.time.now() - fallen, std::max(held, 10ms));
        EXPECT_EQ(checks.checks("web").at(0).held, 0ms);
    }
}

TEST_F(monitored, a_server_that_was_up_long_enough_starts_afresh) {
    apply("hold-down = 1s max=2s\n");
    until(true);
    fall();
    server.start();
    until(true);
    at.wind(2s);
    fall();
    EXPECT_EQ(lines.back().find("held for"), std::string::npos) << lines.back();
}

class held : public monitored {
protected:
    held() {
        apply("hold-down = 300s\n");
        for (int n = 0; n < 2; ++n) {
            until(true);
            fall();
            server.start();
        }
        at.until([this] { return now.fit == fitness::held; });
    }
};

TEST_F(held, a_server_is_good_again_when_an_operator_says_so) {
    checks.lift_hold(2);
    EXPECT_EQ(now.fit, fitness::held) << "another server";
    checks.lift_hold(1);
    EXPECT_EQ(now.fit, fitness::good);
    fall();
    server.start();
    EXPECT_EQ(until(true), 10ms) << "the falls are forgotten, too";
}

TEST_F(held, a_server_is_good_again_when_the_file_has_no_holds_any_more) {
    apply("hold-down = 300s\nslow-start = 1s\n");
    EXPECT_EQ(now.fit, fitness::held) << "something else has changed";
    apply("");
    EXPECT_EQ(now.fit, fitness::good);
}

TEST_F(held, a_server_that_falls_once_more_is_bad) {
    server.stop();
    at.until([this] { return now.fit == fitness::bad; });
    EXPECT_NE(lines.back().find("is down"), std::string::npos) << lines.back();
    server.start();
    at.until([this] { return now.fit != fitness::bad; });
    EXPECT_EQ(now.fit, fitness::held);
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

/// As many servers as there are places for programs, and two more; the program waits for a file.
TEST(scripts, wait_for_their_turn_when_as_many_run_as_may) {
    const std::string go = testing::TempDir() + "weir-go-" + std::to_string(getpid());
    config::service service = config::service_with(
        "check = script run=\"/bin/sh -c 'until [ -e " + go
        + " ]; do sleep 0.01; done'\" interval=10s timeout=10s\n"
          "server = 192.0.2.1\nserver = 192.0.2.2\nserver = 192.0.2.3\nserver = 192.0.2.4\n");
    wound_loop at;
    std::set<target_id> up;
    fake_detours detours;
    monitor checks(at.loop, detours,
                   {[&](target_id id, const condition& c) {
                        if (c.fit == fitness::good) up.insert(id);
                    },
                    [](telling, const std::string&) {},
                    [](const ip_address&, loop::clock::time_point) { return std::string(); }});
    checks.allow_programs(2);
    checks.prepare({service});
    service_to_check wanted{&service};
    for (const target_id id : {1u, 2u, 3u, 4u})
        wanted.servers.push_back({id, service.servers[id - 1].address, 80, 1, true});
    checks.apply({wanted});
    at.wind(1s); // the first turns of all
    EXPECT_EQ(checks.how_punctual().waiting, 2u);
    EXPECT_EQ(checks.how_punctual().programs, 2u);
    EXPECT_EQ(checks.how_punctual().under_way, 2u);
    std::size_t shown = 0;
    for (const check_info& c : checks.checks("web"))
        shown += c.answer.starts_with("waits for its turn") ? 1 : 0;
    EXPECT_EQ(shown, 2u);
    // One that waits goes with its server, and one that runs leaves its place.
    wanted.servers.erase(wanted.servers.begin() + 2);
    checks.prepare({service});
    checks.apply({wanted});
    EXPECT_LE(checks.how_punctual().waiting, 2u);
    std::ofstream{go};
    at.wait([&] {
        at.wind(1ms);
        return up.size() == 3 && checks.how_punctual().programs == 0;
    });
    EXPECT_EQ(up.count(3), 0u);
    std::filesystem::remove(go);
}

TEST(scripts, a_killed_program_keeps_its_place_until_it_is_gone) {
    wound_loop at;
    programs places(at.loop);
    places.allow(1);
    ASSERT_TRUE(places.enter(&at, [] {}));
    bool called = false;
    ASSERT_FALSE(places.enter(&places, [&] { called = true; }));
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        for (;;)
            pause();
    }
    setpgid(child, child);
    places.forsake(child);
    EXPECT_FALSE(called);
    EXPECT_EQ(places.running(), 1u);
    at.wait([&] {
        at.wind(20ms);
        return called;
    });
    EXPECT_EQ(places.waiting(), 0u);
    EXPECT_EQ(kill(child, 0), -1) << "it is reaped";
    places.leave();
    EXPECT_EQ(places.running(), 0u);
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
