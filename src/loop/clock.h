#pragma once

// Steady time of the control core, for timers, checks, holds and ramps. A director uses the
// machine's clock. A test uses a standing clock and winds it: an hour passes at once, and no
// timeout strikes just because the machine is busy. An event loop runs the timers that are due by
// its clock, so winding the clock runs timers.
//
// Workers do not read it: they take seconds from the time stamp counter (worker/shared.h). Any
// thread may read and wind it.

#include <atomic>
#include <chrono>

namespace weir::loop {

class clock {
public:
    using machine = std::chrono::steady_clock;
    using duration = machine::duration;
    using time_point = machine::time_point;

    /// The machine's steady clock.
    clock() = default;
    /// A clock that stands at `begin` until a test winds it.
    static clock standing_at(duration begin) { return clock(begin.count()); }
    clock(const clock&) = delete;
    clock& operator=(const clock&) = delete;

    time_point now() const noexcept {
        const duration::rep shown = shown_.load(std::memory_order_acquire);
        return shown == runs ? machine::now() : time_point(duration(shown));
    }
    /// Advances a standing clock by `by`. The machine's clock cannot be wound.
    void wind(duration by) noexcept {
        if (shown_.load(std::memory_order_relaxed) != runs)
            shown_.fetch_add(by.count(), std::memory_order_acq_rel);
    }

private:
    static constexpr duration::rep runs = -1;

    explicit clock(duration::rep shown) : shown_(shown) {}

    std::atomic<duration::rep> shown_{runs};
};

} // namespace weir::loop
