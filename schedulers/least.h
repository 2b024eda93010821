#pragma once

// The search that the schedulers by load share: the server with the lowest cost per weight.
//
// Costs a/w and b/v are compared as LVS does, by cross multiplication a·v < b·w; on a tie the
// earlier server stays. The products are made in double precision: they are exact below 2^53, that
// is for weights up to 65535 while a server has fewer than 2^29 connections. Beyond that, servers
// whose loads differ by less than one part in 10^15 count as equal.
//
// The search looks at every server, for any other answer would be another server than LVS's. A
// thousand servers take well under a microsecond with AVX2 (bench/schedulers_bench.cpp), which is
// used where the CPU has it; without it the same arithmetic runs one server at a time.

#include <cstdint>
#include <span>
#include <vector>

#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

/// What a server costs. Cost 0 beats every other, whatever the weight.
enum class measure : std::uint8_t {
    overhead,    ///< active · 256 + inactive
    next_active, ///< active + 1: the connection to be placed is counted
    busy_active, ///< 0 when there is no active connection, else active + 1
    one,         ///< the same for all: the highest weight wins
};

/// What a search looks for.
struct least_rule {
    measure cost;
    bool weighted = true;       ///< false: all weights above 0 count as 1
    bool within_weight = false; ///< only servers with active ≤ weight
};

/// The servers' loads side by side.
using load_list = std::vector<const server_load*>;
load_list loads_of(std::span<const server_view> servers);

/// The available server with the least cost per weight, or no_server. Defined for the rules of the
/// built-in schedulers below.
template <least_rule Rule>
std::uint32_t least(std::span<const server_load* const> loads) noexcept;

/// The same, one server at a time.
template <least_rule Rule>
std::uint32_t least_plain(std::span<const server_load* const> loads) noexcept;

inline constexpr least_rule least_connection{measure::overhead, false};
inline constexpr least_rule weighted_least_connection{measure::overhead};
inline constexpr least_rule shortest_expected_delay{measure::next_active};
inline constexpr least_rule never_queue{measure::busy_active};
inline constexpr least_rule highest_weight{measure::one};
inline constexpr least_rule highest_weight_with_room{measure::one, true, true};

/// A scheduler that is this search and nothing else.
template <least_rule Rule>
class least_scheduler final : public scheduler {
public:
    explicit least_scheduler(const scheduler_setup& setup) : loads_(loads_of(setup.servers)) {
        read_options(setup.options, {});
    }

    std::uint32_t pick(const new_flow&) noexcept override { return least<Rule>(loads_); }

private:
    load_list loads_;
};

} // namespace weir::schedulers
