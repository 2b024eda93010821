#pragma once

// The control core's event loop: file descriptors by epoll, timers by deadline, and a list of
// functions to call on every turn (for the rings from the workers, which cannot wake a thread).
// While there is work, turns follow at once; otherwise they come at most `longest_nap` apart. One
// thread; callbacks may add and remove anything, themselves included. Timers use the loop's clock
// (loop/clock.h); naps use the machine's.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "loop/clock.h"

namespace weir::loop {

class event_loop {
public:
    using timer_id = std::uint64_t;

    /// `time` must outlive the loop. Throws std::system_error if epoll is unavailable.
    explicit event_loop(const clock& time);
    ~event_loop();
    event_loop(const event_loop&) = delete;
    event_loop& operator=(const event_loop&) = delete;

    /// Calls `ready(events)` when the descriptor is ready; `events` as in epoll (EPOLLIN, EPOLLOUT,
    /// ...). Returns 0, or the errno if the kernel accepts no more descriptors (epoll_ctl(2):
    /// ENOSPC, ENOMEM).
    [[nodiscard]] int add(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready);
    /// The same for an indispensable descriptor: throws std::system_error. Only at start, outside
    /// run().
    void need(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready);
    void change(int fd, std::uint32_t events);
    void remove(int fd);

    clock::time_point now() const { return time_.now(); }

    /// Calls `due` once after `delay`; the timer then no longer exists.
    timer_id after(clock::duration delay, std::function<void()> due);
    /// Calls `due` every `interval`, first after one interval; skips missed turns.
    timer_id every(clock::duration interval, std::function<void()> due);
    void cancel(timer_id id);

    /// Calls `look` on every turn; it returns true if it found work, so that the next turn follows
    /// at once.
    void always(std::function<bool()> look) { looks_.push_back(std::move(look)); }

    /// Runs turns until stop().
    void run();
    void stop() { running_ = false; }
    /// One turn, for callers that drive the loop themselves: calls the looks, naps if there is
    /// nothing to do, serves ready descriptors, runs due timers.
    void turn();

    /// When the next timer is due; none if there is no timer.
    std::optional<clock::time_point> next_due() const;
    /// How many turns in a row found nothing to do.
    unsigned idle_turns() const { return idle_turns_; }

private:
    struct timer {
        timer_id id;
        clock::duration interval; ///< zero: once
        std::function<void()> due;
    };

    timer_id start(clock::duration delay, clock::duration interval, std::function<void()> due);
    void run_timers();
    clock::duration nap() const;

    const clock& time_;
    int epoll_;
    bool running_ = false;
    unsigned idle_turns_ = 0;
    timer_id next_id_ = 1;
    std::unordered_map<int, std::shared_ptr<std::function<void(std::uint32_t)>>> ready_;
    using timer_list = std::multimap<clock::time_point, timer>;
    timer_list timers_;
    std::unordered_map<timer_id, timer_list::iterator> by_id_;
    std::vector<std::function<bool()>> looks_;
};

} // namespace weir::loop
