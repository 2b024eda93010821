// Checks on an event loop for which the kernel takes no more descriptors: no verdict on the server,
// and nothing left behind.

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "health/pinger.h"
#include "health/probe.h"
#include "health/programs.h"
#include "unit/health/fake_detours.h"

namespace weir::health {
namespace {

/// A loop that refuses every descriptor: what it takes for its epoll is /dev/null.
class full_loop {
public:
    full_loop() {
        const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        const int lowest = dup(null);
        close(lowest);
        loop_.emplace(time_);
        dup2(null, lowest);
        close(null);
    }
    loop::event_loop& get() { return *loop_; }

private:
    loop::clock time_;
    std::optional<loop::event_loop> loop_;
};

struct nobody final : probe_owner {
    void finished(verdict v) override { ADD_FAILURE() << v.text; }
};

std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

class probe_without_room : public testing::TestWithParam<const char*> {};

TEST_P(probe_without_room, says_nothing_of_the_server) {
    full_loop loop;
    ASSERT_NE(loop.get().add(0, EPOLLIN, nullptr), 0);
    pinger pings(loop.get());
    programs scripts(loop.get());
    fake_detours detours;
    nobody owner;
    const auto check = prepare(config::read_check(GetParam()));
    const probe_target target{"web", *parse_address("127.0.0.1"), 9};
    const std::ptrdiff_t before = open_descriptors();
    for (int turn = 0; turn < 3; ++turn) {
        const auto p = make_probe(*check, target, {loop.get(), pings, scripts, detours}, owner);
        const auto v = p->begin();
        ASSERT_TRUE(v);
        EXPECT_EQ(v->what, outcome::local) << v->text;
        EXPECT_EQ(v->text.find("not checked: cannot "), 0u) << v->text;
    }
    EXPECT_EQ(open_descriptors(), before);
}

INSTANTIATE_TEST_SUITE_P(of_each_kind, probe_without_room,
                         testing::Values("udp payload=x", "icmp",
                                         "script run=\"/bin/sleep 1000\""));

TEST(event_loop, says_what_it_cannot_wait_for) {
    loop::clock time;
    loop::event_loop loop(time);
    const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(loop.add(file, EPOLLIN, nullptr), EPERM);
    EXPECT_THROW(loop.need(file, EPOLLIN, nullptr), std::system_error);
    close(file);
}

} // namespace
} // namespace weir::health
