#include "director/interruptible.h"

#include <csignal>

#include <gtest/gtest.h>
#include <unistd.h>

namespace weir::director {
namespace {

using namespace std::chrono_literals;

sigset_t term() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    return signals;
}

TEST(interruptible, work_that_ends_in_time_leaves_the_signal_to_others) {
    const sigset_t signals = term();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    {
        interruptible work(1min);
        kill(getpid(), SIGTERM);
        // Until the thread has it.
        sigset_t pending;
        do {
            std::this_thread::sleep_for(1ms);
            sigpending(&pending);
        } while (sigismember(&pending, SIGTERM) == 1);
    }
    const timespec now{};
    EXPECT_EQ(sigtimedwait(&signals, nullptr, &now), SIGTERM);
}

void hang() {
    const sigset_t signals = term();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const interruptible work(1ms);
    kill(getpid(), SIGTERM);
    std::this_thread::sleep_for(1min);
}

TEST(interruptible, work_that_hangs_is_ended) {
    EXPECT_EXIT(hang(), testing::ExitedWithCode(1), "");
}

} // namespace
} // namespace weir::director
