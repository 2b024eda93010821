#pragma once

// The combined verdict of a server's checks, for the rooms that act on it. A plain value.

#include "flow/target.h"

namespace weir::health {

/// The state that the checks give a server.
struct condition {
    bool up = true;
    lost_flows lost = lost_flows::none; ///< down: its connections that must end
    double share = 1;                   ///< of the weight
};

} // namespace weir::health
