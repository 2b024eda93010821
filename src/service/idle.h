#pragma once

// Why a real server gets no new connections: the one answer that `weirctl list`, `checks` and
// `top`, the metrics and the log give. Several reasons may hold at once; they come in a fixed
// order, the one that an operator looks at first in front. It is read from what workers themselves
// read: the bits and the weight in server_load, the next hop in flow_target. Control core.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "flow/target.h"
#include "weir/scheduler.h"

namespace weir::inline service {

/// In the order in which they are given.
enum class idle_reason : std::uint8_t {
    removed,      ///< not in the configuration any more; its connections go on until they end
    disabled,     ///< switched off by the operator
    down,         ///< failed its health checks
    unproven,     ///< not all its checks have answered yet, and others are up
    held,         ///< its checks are good, but it fell too often lately
    not_on_link,  ///< behind a router, which sends what DR gives it back: not used
    drained,      ///< weight 0: keeps its connections
    overloaded,   ///< reached its upper threshold, not yet below the lower one
    no_route,     ///< no route leads there: its packets are dropped
    no_link,      ///< the port that leads there has no link: its packets are dropped
    no_neighbour, ///< its next hop does not answer: its packets are dropped
};

/// What is known of the way to a server.
struct way_there {
    bool linked = true;  ///< its port has link
    bool silent = false; ///< its next hop does not answer
};

constexpr std::string_view name_of(idle_reason reason) noexcept {
    constexpr std::array<std::string_view, 11> names{
        "removed", "disabled",   "down",     "unproven", "held",        "not_on_link",
        "drained", "overloaded", "no_route", "no_link",  "no_neighbour"};
    return names[static_cast<std::size_t>(reason)];
}

/// Every reason that holds; empty = the server may get connections. `by_checks`: what a server's
/// checks have against it if it is out by them: down, unproven or held; or that it is not on a
/// link.
std::vector<idle_reason> why_idle(const server_load& load, const flow_target& target,
                                  idle_reason by_checks = idle_reason::down, way_there way = {});

/// Their names.
std::vector<std::string_view> words_of(const std::vector<idle_reason>& reasons);

/// The operator's word for the state of a server: a reason up to `drained`, else "up".
std::string_view state_of(const std::vector<idle_reason>& reasons) noexcept;

} // namespace weir::inline service
