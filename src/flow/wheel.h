#pragma once

// One worker's timers, for all flows it owns: a wheel of one-second slots (Varghese & Lauck 1987,
// scheme 4) whose entries flow_entry::next links. Packets never touch it: they only store when they
// came. When a flow's slot comes round, the wheel computes its deadline from that. The flow is then
// either over, or armed again for the rest of its time, but at most `furthest` seconds ahead, so
// that the wheel notices a state with a shorter timeout. A flood opens flows faster than a fixed
// number of visits in a turn could end them, so the number follows what the turn opened and how far
// the wheel is behind (visits_due). Used by its worker only.

#include <array>
#include <cstdint>

#include "flow/entry.h"

namespace weir::inline flow {

class timer_wheel {
public:
    static constexpr std::uint32_t slots = 64;
    static constexpr std::uint32_t furthest = 30; ///< seconds; limits how late flows end
    static constexpr unsigned chains =
        4; ///< lists per slot, walked together to hide memory's delay

    /// `now`: coarse clock, seconds.
    explicit timer_wheel(std::uint32_t now) noexcept : current_(now) {}

    /// Seconds whose slots have come and were not taken yet, or not to their end.
    std::uint32_t behind(std::uint32_t now) const noexcept {
        const auto seconds = static_cast<std::int32_t>(now - current_);
        return seconds > 0 ? static_cast<std::uint32_t>(seconds) : 0;
    }
    /// How many entries a turn should visit that opened so many flows. Two for each: most end at
    /// their first or second visit. What is left of floods and pauses is made up in seconds.
    static constexpr unsigned visits_due(unsigned opened, std::uint32_t behind) noexcept {
        constexpr unsigned always = 16;
        constexpr unsigned each_second_late = 64;
        constexpr std::uint32_t most_seconds = 4;
        return always + 2 * opened
               + each_second_late * (behind < most_seconds ? behind : most_seconds);
    }

    /// Arms the timer of an entry for `delay` seconds from `now`; longer delays come round early.
    void arm(flow_entry& entry, flow_index index, std::uint32_t now, std::uint32_t delay) noexcept {
        delay = delay < 1 ? 1 : delay > furthest ? furthest : delay;
        flow_index& head = wheel_[(now + delay) % slots][index % chains];
        entry.next = head;
        head = index;
    }

    /// Takes up to about `budget` entries whose slot has come and calls `visit(entry, index)` for
    /// each, which must remove it or arm it again. The next call starts with the entries left over.
    template <typename Entries, typename Visit>
    void advance(Entries& entries, std::uint32_t now, unsigned budget, Visit&& visit) noexcept {
        while (budget > 0) {
            if (!due_left()) {
                if (static_cast<std::int32_t>(now - current_) <= 0) return;
                due_ = wheel_[++current_ % slots];
                wheel_[current_ % slots] = {};
                for (const flow_index head : due_)
                    if (head != 0) __builtin_prefetch(&entries[head]);
                continue;
            }
            for (flow_index& head : due_) {
                if (head == 0) continue;
                const flow_index index = head;
                flow_entry& entry = entries[index];
                head = entry.next;
                if (head != 0) __builtin_prefetch(&entries[head]);
                visit(entry, index);
                if (budget > 0) --budget;
            }
        }
    }

private:
    using slot = std::array<flow_index, chains>;

    bool due_left() const noexcept {
        for (const flow_index head : due_)
            if (head != 0) return true;
        return false;
    }

    std::array<slot, slots> wheel_{};
    slot due_{};            ///< of second `current_`, not yet visited
    std::uint32_t current_; ///< the last second whose slot was taken
};

} // namespace weir::inline flow
