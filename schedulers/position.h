#pragma once

// Carries a cursor from one list of servers to the next. A reload that adds a server must not send
// the next connection back to the first one. As in LVS (ip_vs_rr_del_dest), a cursor at a removed
// server moves to the server before it.

#include <cstdint>
#include <span>

#include "weir/scheduler.h"

namespace weir::schedulers {

/// Where the scan continues in the new list if it was to continue at `old_next` in the old one:
/// after the last server before that place which still exists. 0 to moved.size().
inline std::uint32_t carried(std::span<const std::uint32_t> moved, std::uint32_t old_next) {
    std::uint32_t next = 0;
    std::uint32_t nearest = 0;
    for (std::uint32_t i = 0; i < moved.size(); ++i) {
        if (moved[i] >= old_next || moved[i] < nearest) continue; // no_server is above every index
        nearest = moved[i];
        next = i + 1;
    }
    return next;
}

} // namespace weir::schedulers
