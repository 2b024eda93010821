#pragma once

// Which groups of addresses this director holds, and until when. The heart writes, workers read it
// where a packet needs an address held: to answer, to open a flow. A lease runs out by itself, so a
// director whose heart hangs, or that was stopped as a whole, answers for nothing from its first
// packet on. Group 0 is not asked for here: its addresses are held by whoever has them configured.

#include <array>
#include <atomic>
#include <cstdint>

namespace weir::ha {

using group_id = std::uint8_t;
/// Of addresses in no VRRP group.
inline constexpr group_id always_held = 0;

struct alignas(64) lease {
    std::atomic<std::uint64_t> until{0}; ///< time stamp counter
    std::array<std::atomic<std::uint64_t>, 4> groups{};

    /// Does this director hold group `id` at the time `now`?
    bool holds(group_id id, std::uint64_t now) const noexcept {
        const std::uint64_t bits = groups[id / 64].load(std::memory_order_relaxed);
        return (bits >> id % 64 & 1) != 0 && now < until.load(std::memory_order_relaxed);
    }
};
static_assert(sizeof(lease) == 64);

} // namespace weir::ha
