#include "health/programs.h"

#include <csignal>

#include <sys/wait.h>

namespace weir::health {

namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 20ms; // a killed process disappears soon, but not at once

} // namespace

programs::~programs() {
    if (calling_ != 0) loop_.cancel(calling_);
    if (reaping_ != 0) loop_.cancel(reaping_);
}

void programs::allow(std::size_t most) {
    most_ = most;
    if (calling_ == 0) calling_ = loop_.after(0ms, [this] { call(); });
}

bool programs::enter(const void* who, std::function<void()> called) {
    if (running_ < most_ && line_.empty()) {
        ++running_;
        return true;
    }
    line_.emplace_back(who, std::move(called));
    return false;
}

void programs::give_up(const void* who) {
    line_.remove_if([who](const auto& waiting) { return waiting.first == who; });
}

void programs::leave() {
    --running_;
    // Not from here: the caller may be about to be destroyed.
    if (calling_ == 0) calling_ = loop_.after(0ms, [this] { call(); });
}

void programs::forsake(pid_t pid) {
    kill(-pid, SIGKILL);
    forsaken_.push_back(pid);
    if (reaping_ == 0) reaping_ = loop_.every(look_again, [this] { reap(); });
}

void programs::call() {
    calling_ = 0;
    while (running_ < most_ && !line_.empty()) {
        ++running_;
        const auto called = std::move(line_.front().second);
        line_.pop_front();
        called();
    }
}

void programs::reap() {
    const auto gone =
        std::erase_if(forsaken_, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
    for (std::size_t n = 0; n < gone; ++n)
        leave();
    if (forsaken_.empty()) loop_.cancel(std::exchange(reaping_, 0));
}

} // namespace weir::health
