#include "loop/event_loop.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <system_error>

#include <sys/epoll.h>
#include <unistd.h>

namespace weir::loop {

namespace {

using namespace std::chrono_literals;

// Packets for Linux wait in rings, and a ring wakes no thread. Naps of 50 microseconds keep ssh and
// ping fast while packets flow; after a while without packets, naps grow to a millisecond and the
// core is almost idle.
constexpr clock::duration shortest_nap = 50us;
constexpr clock::duration longest_nap = 1ms;
constexpr unsigned turns_before_longer_naps = 200;
constexpr unsigned timers_in_a_turn = 64;

} // namespace

event_loop::event_loop(const clock& time) : time_(time), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

event_loop::~event_loop() {
    close(epoll_);
}

int event_loop::add(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return errno;
    ready_[fd] = std::make_shared<std::function<void(std::uint32_t)>>(std::move(ready));
    return 0;
}

void event_loop::need(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready) {
    if (const int error = add(fd, events, std::move(ready)); error != 0)
        throw std::system_error(error, std::generic_category(), "epoll_ctl");
}

void event_loop::change(int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void event_loop::remove(int fd) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    ready_.erase(fd);
}

event_loop::timer_id event_loop::start(clock::duration delay, clock::duration interval,
                                       std::function<void()> due) {
    const timer_id id = next_id_++;
    by_id_[id] = timers_.emplace(now() + delay, timer{id, interval, std::move(due)});
    return id;
}

event_loop::timer_id event_loop::after(clock::duration delay, std::function<void()> due) {
    return start(delay, {}, std::move(due));
}

event_loop::timer_id event_loop::every(clock::duration interval, std::function<void()> due) {
    assert(interval > clock::duration::zero());
    return start(interval, interval, std::move(due));
}

void event_loop::cancel(timer_id id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    timers_.erase(found->second);
    by_id_.erase(found);
}

std::optional<clock::time_point> event_loop::next_due() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first;
}

void event_loop::run_timers() {
    const clock::time_point now = this->now();
    for (unsigned n = 0; n < timers_in_a_turn; ++n) {
        if (timers_.empty() || timers_.begin()->first > now) return;
        auto node = timers_.extract(timers_.begin());
        const timer_id id = node.mapped().id;
        if (node.mapped().interval == clock::duration::zero()) {
            by_id_.erase(id);
            node.mapped().due();
            continue;
        }
        const std::function<void()> due = node.mapped().due; // it may cancel itself
        node.key() = std::max(node.key() + node.mapped().interval, now);
        by_id_[id] = timers_.insert(std::move(node));
        due();
    }
}

clock::duration event_loop::nap() const {
    clock::duration nap = idle_turns_ < turns_before_longer_naps ? shortest_nap : longest_nap;
    if (!timers_.empty()) nap = std::min(nap, timers_.begin()->first - now());
    return std::max(nap, clock::duration::zero());
}

void event_loop::turn() {
    bool busy = false;
    for (const auto& look : looks_)
        busy |= look();
    const auto ns = std::chrono::nanoseconds(busy ? 0ns : nap()).count();
    const timespec timeout{ns / 1'000'000'000, ns % 1'000'000'000};
    std::array<epoll_event, 64> events;
    const int count = epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
        const auto found = ready_.find(events[static_cast<std::size_t>(i)].data.fd);
        if (found == ready_.end()) continue; // a callback of this turn removed it
        const auto ready = found->second;
        (*ready)(events[static_cast<std::size_t>(i)].events);
    }
    idle_turns_ = busy || count > 0 ? 0 : idle_turns_ + 1;
    run_timers();
}

void event_loop::run() {
    for (running_ = true; running_;)
        turn();
}

} // namespace weir::loop
