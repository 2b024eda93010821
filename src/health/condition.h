#pragma once

// The combined verdict of a server's checks, for the rooms that act on it. A plain value.

namespace weir::health {

/// The state that the checks give a server.
struct condition {
    bool up = true;
    bool expire = false; ///< down, and its connections must end
    double share = 1;    ///< of the weight
};

} // namespace weir::health
