#pragma once

// The verdict of all checks of a server, as the rooms that act on it need it. A plain value.

namespace weir::health {

/// What the checks make of a server.
struct condition {
    bool up = true;
    bool expire = false; ///< down, and its connections are to end
    double share = 1;    ///< of its weight
};

} // namespace weir::health
