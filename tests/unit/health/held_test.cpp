// Servers that fall again and again: held, for longer each time.

#include "unit/health/monitored.h"

namespace weir::health {
namespace {

using namespace std::chrono_literals;

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

} // namespace
} // namespace weir::health
