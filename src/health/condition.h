#pragma once

// The verdict of all checks of a server, as the rooms that act on it need it. What health finds out
// is a server's fitness; whether the server is used is its service's decision (plane/usage.h). A
// plain value.

#include <cstdint>

namespace weir::health {

enum class fitness : std::uint8_t {
    good,      ///< all its checks are good, or it has none
    held,      ///< they are good again, but it fell too often lately (hold-down)
    unproven,  ///< no check is against it, and not all have answered yet
    bad,       ///< a check is against it
    withdrawn, ///< its own agent has put it into maintenance
};

/// What the checks make of a server.
struct condition {
    fitness fit = fitness::good;
    double share = 1; ///< of its weight
};

} // namespace weir::health
