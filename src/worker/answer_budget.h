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

/// Counts packets of several kinds by second and address.
template <std::size_t kinds>
class budget {
public:
    budget(const flow_hasher& hasher, const std::array<answer_limit, kinds>& limits)
        : hasher_(hasher), limits_(limits) {}

    /// Is there room for a packet of this kind from or to this address? `kind` < kinds; `now`: the
    /// coarse clock, seconds. True uses up a part of the budget.
    bool take(std::size_t k, const ip_address& to, std::uint32_t now) noexcept {
        if (second_ != now) {
            second_ = now;
            used_ = {};
        }
        if (used_[k] >= limits_[k].in_all) return false;
        const flow_key key{to, {}, {}, {}, static_cast<std::uint8_t>(k)};
        place& p = places_[hasher_(key) % places_.size()];
        if (p.second != now) p = {now, 0};
        if (p.used >= limits_[k].to_one) return false;
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
    std::array<answer_limit, kinds> limits_;
    std::uint32_t second_ = 0;
    std::array<std::uint32_t, kinds> used_{};
    std::array<place, 1024> places_{};
};

class answer_budget {
public:
    explicit answer_budget(const flow_hasher& hasher) : left_(hasher, answer_limits) {}

    /// May a packet of this kind go to this address? As budget::take().
    bool take(answer_kind kind, const ip_address& to, std::uint32_t now) noexcept {
        return left_.take(static_cast<std::size_t>(kind), to, now);
    }

private:
    budget<answer_limits.size()> left_;
};

} // namespace weir::inline worker
