#pragma once

// What tracked things do to a VRRP group: each adjusts its priority, or keeps it from holding. The
// control core watches them (director/tracker.h) and writes the sum into the group's orders, which
// the heart reads in each of its turns. Pure: any thread.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>

#include "ha/group.h"

namespace weir::ha {

/// What the control core asks of a group whatever plan is in use. It writes, the heart reads.
struct group_orders {
    std::atomic<int> adjustment{0};      ///< of the priority
    std::atomic<bool> fault{false};      ///< it cannot hold
    std::atomic<bool> waits{false};      ///< does not take over from who is silent
    std::atomic<bool> may_preempt{true}; ///< may take from a worse peer
};

/// One tracked thing.
struct tracked {
    int priority = 0; ///< 0: a fault while bad; above: added while good; below: while bad
    bool good = true;
};

struct track_sum {
    int adjustment = 0;
    bool fault = false;
    friend bool operator==(const track_sum&, const track_sum&) = default;
};

constexpr track_sum sum_of(std::span<const tracked> all) noexcept {
    track_sum sum;
    for (const tracked& t : all) {
        if (t.priority == 0)
            sum.fault |= !t.good;
        else if ((t.priority > 0) == t.good)
            sum.adjustment += t.priority;
    }
    return sum;
}

/// The owner's is never adjusted, and nothing makes another the owner (RFC 9568 section 5.2.4).
constexpr std::uint8_t adjusted(std::uint8_t priority, int adjustment) noexcept {
    if (priority == vrrp_owner) return priority;
    return static_cast<std::uint8_t>(std::clamp(priority + adjustment, 1, vrrp_owner - 1));
}

} // namespace weir::ha
