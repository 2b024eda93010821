#pragma once

// The search that the schedulers by load share: finds the server with the lowest cost per weight.
//
// It compares the costs a/w and b/v as LVS does, by cross multiplication a·v < b·w; on a tie the
// earlier server stays. The products are doubles: they are exact below 2^53, that is for weights up
// to 65535 while a server has fewer than 2^29 connections. Beyond that, servers whose loads differ
// by less than one part in 10^15 count as equal.
//
// The search looks at every server, because any shortcut would find another server than LVS. A
// thousand servers take well under a microsecond with AVX2 (bench/schedulers_bench.cpp); a CPU
// without it runs the same arithmetic one server at a time.

#include <cstdint>
#include <span>
#include <vector>

#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

/// The cost of a server. Cost 0 beats every other, whatever the weight.
enum class measure : std::uint8_t {
    overhead,    ///< active · 256 + inactive
    next_active, ///< active + 1: the connection to be placed is counted
    busy_active, ///< 0 without an active connection, else active + 1
    one,         ///< the same for all: the highest weight wins
};

/// The rule of a search.
struct least_rule {
    measure cost;
    bool weighted = true;       ///< false: all weights above 0 count as 1
    bool within_weight = false; ///< only servers with active ≤ weight
};

/// The servers' loads as an array of pointers.
using load_list = std::vector<const server_load*>;
load_list loads_of(std::span<const server_view> servers);

/// The available server with the least cost per weight, or no_server. Instantiated for the rules of
/// the built-in schedulers below.
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

/// A scheduler that only runs this search.
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
