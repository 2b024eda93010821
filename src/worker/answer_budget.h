#pragma once

// How many packets a worker makes itself, by kind and by whom they go to. What weir answers, a
// stranger with a forged source address makes it send; so every kind has a budget of its own for
// each second, and no address gets more than a share of it. Kinds do not starve each other: path
// MTU discovery, which connections need, goes on while junk to closed ports uses up its own budget.
// (Linux limits 1000 ICMP messages a second in all and one a second for each host, and exempts
// "too big" from both: net.ipv4.icmp_msgs_per_sec, icmp_ratelimit, icmp_ratemask.)
//
// Addresses share 1024 places by a keyed hash, so that counting costs one line and no allocation;
// those that fall on one place share its budget. Used by its worker only.

#include <array>
#include <cstddef>
#include <cstdint>

#include "net/hash.h"
#include "net/types.h"

namespace weir::inline worker {

enum class answer_kind : std::uint8_t {
    too_big, ///< fragmentation needed, packet too big
    error,   ///< other ICMP errors
    reset,   ///< TCP resets
    echo,    ///< answers to ping
};

/// Packets a second from one worker.
struct answer_limit {
    std::uint32_t in_all;
    std::uint32_t to_one; ///< address
};

/// By answer_kind.
inline constexpr std::array<answer_limit, 4> answer_limits{{
    {.in_all = 10'000, .to_one = 100},
    {.in_all = 1000, .to_one = 100},
    {.in_all = 10'000, .to_one = 200},
    {.in_all = 10'000, .to_one = 400},
}};

class answer_budget {
public:
    explicit answer_budget(const flow_hasher& hasher) : hasher_(hasher) {}

    /// May a packet of this kind go to this address? `now`: the coarse clock, seconds. True uses up
    /// a part of the budget.
    bool take(answer_kind kind, const ip_address& to, std::uint32_t now) noexcept {
        const auto k = static_cast<std::size_t>(kind);
        if (second_ != now) {
            second_ = now;
            used_ = {};
        }
        if (used_[k] >= answer_limits[k].in_all) return false;
        const flow_key key{to, {}, {}, {}, static_cast<std::uint8_t>(kind)};
        place& p = places_[hasher_(key) % places_.size()];
        if (p.second != now) p = {now, 0};
        if (p.used >= answer_limits[k].to_one) return false;
        ++p.used;
        ++used_[k];
        return true;
    }

private:
    struct place {
        std::uint32_t second = 0;
        std::uint32_t used = 0;
    };

    flow_hasher hasher_;
    std::uint32_t second_ = 0;
    std::array<std::uint32_t, answer_limits.size()> used_{};
    std::array<place, 1024> places_{};
};

} // namespace weir::inline worker
