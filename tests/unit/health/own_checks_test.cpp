// Servers with checks of their own, beside those that have their service's.

#include <gtest/gtest.h>

#include <map>

#include "health/monitor.h"
#include "unit/config/fixture.h"
#include "unit/health/fake_detours.h"
#include "unit/wound_loop.h"

namespace weir::health {
namespace {

using namespace std::chrono_literals;

/// Connections to port 1 of the loopback are refused, so that `tcp` checks are bad and `icmp` needs
/// no server.
class own_checks : public testing::Test {
protected:
    own_checks() {
        at.settled = [this] { return checks.how_punctual().under_way == 0; };
    }
    /// Server 1 has `keys`, server 2 has what its service has.
    void apply(const std::string& keys, const std::string& of_service) {
        service = config::service_with("server = 192.0.2.1 " + keys + "\nserver = 192.0.2.2\n"
                                       + of_service);
        const auto server = [&](target_id id) {
            return server_to_check{.id = id,
                                   .address = *parse_address("127.0.0." + std::to_string(id)),
                                   .port = 1,
                                   .fresh = fresh,
                                   .checks = service.servers.at(id - 1).checks};
        };
        checks.prepare({service});
        checks.apply({{&service, {server(1), server(2)}}});
        fresh = false;
    }
    std::size_t count() const { return checks.checks("web").size(); }
    void wait_until(target_id id, fitness fit) {
        at.until([&] { return now[id].fit == fit; });
    }

    config::service service;
    wound_loop at;
    fake_detours detours;
    std::map<target_id, condition> now;
    monitor checks{at.loop,
                   detours,
                   {.on_change = [this](target_id id, const condition& c) { now[id] = c; },
                    .tell = [](telling, const std::string&) {}}};
    bool fresh = true;
};

constexpr const char* refused = "check = tcp interval=10ms fall=1\n";

TEST_F(own_checks, take_the_place_of_the_services) {
    apply("check=icmp interval=10ms rise=1", refused);
    wait_until(2, fitness::bad);
    wait_until(1, fitness::good);
    EXPECT_EQ(count(), 2U);
}

TEST_F(own_checks, may_be_all_there_are) {
    apply("check=tcp interval=10ms fall=1", "");
    wait_until(1, fitness::bad);
    EXPECT_EQ(count(), 1U);
    EXPECT_EQ(now.count(2), 0U) << "a server without checks is good, and always was";
}

TEST_F(own_checks, that_are_none_leave_the_server_as_it_is) {
    apply("check=none", refused);
    wait_until(2, fitness::bad);
    EXPECT_EQ(count(), 1U);
    EXPECT_EQ(now.count(1), 0U);
}

TEST_F(own_checks, that_go_away_leave_the_server_good) {
    apply("", refused);
    wait_until(1, fitness::bad);
    wait_until(2, fitness::bad);
    apply("check=none", refused);
    EXPECT_EQ(now[1].fit, fitness::good);
    EXPECT_EQ(now[2].fit, fitness::bad);
    apply("", refused);
    wait_until(1, fitness::bad);
}

} // namespace
} // namespace weir::health
