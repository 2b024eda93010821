#include "director/interruptible.h"

#include <csignal>
#include <cstring>

#include <unistd.h>

#include "log/log.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;

constexpr auto look = 50ms;

} // namespace

interruptible::interruptible(std::chrono::milliseconds patience)
    : patience_(patience), thread_([this] { wait(); }) {}

interruptible::~interruptible() {
    end();
}

void interruptible::end() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
}

void interruptible::wait() const {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    const timespec pause{0, std::chrono::nanoseconds(look).count()};
    int signal = 0;
    while (!done_ && (signal = sigtimedwait(&signals, nullptr, &pause)) <= 0) {
    }
    if (signal <= 0) return;
    const auto until = std::chrono::steady_clock::now() + patience_;
    while (!done_ && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(look);
    if (done_) {
        kill(getpid(), signal);
        return;
    }
    log::error("{} while a device is being opened, which does not end: weir ends without it",
               signal == SIGTERM ? "SIGTERM" : "SIGINT");
    _exit(1);
}

} // namespace weir::director
