#pragma once

// Steady time of the control core: what timers, checks, holds and ramps read. A director has the
// machine's own clock. A test has a wound one, which stands still until it is wound: an hour passes
// in no time, and no timeout strikes because the machine is busy. An event loop runs what is due by
// its clock, so winding makes timers run.
//
// Workers do not read it: their seconds come from the time stamp counter (worker/shared.h).
// Any thread may read and wind.

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
    /// A clock that shows `begin` until it is wound.
    static clock standing_at(duration begin) { return clock(begin.count()); }
    clock(const clock&) = delete;
    clock& operator=(const clock&) = delete;

    time_point now() const noexcept {
        const duration::rep shown = shown_.load(std::memory_order_acquire);
        return shown == runs ? machine::now() : time_point(duration(shown));
    }
    /// Makes a standing clock show a time `by` later. The machine's cannot be wound.
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
