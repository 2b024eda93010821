// Programs of script checks: how many run, and what becomes of one that is killed.

#include <csignal>
#include <filesystem>
#include <fstream>

#include "unit/health/monitored.h"

namespace weir::health {
namespace {

using namespace std::chrono_literals;

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

} // namespace
} // namespace weir::health
