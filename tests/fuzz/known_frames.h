#pragma once

// The frames that a worker's script names by number, and how a changed one is made good again.

#include <span>
#include <vector>

#include "pipeline/rig.h"

namespace weir::fuzz {

/// A frame and the port it comes in by.
struct arrival {
    port_id port;
    test::bytes_of_frame frame;
};

/// Connections, their answers, errors about them, fragments, tunnels, neighbours: both families.
const std::vector<arrival>& known_frames();

/// Rights lengths' checksums after a change: the IPv4 header's, and TCP's, UDP's or ICMP's of a
/// packet without options or fragments.
void mend(test::bytes_of_frame& frame);

} // namespace weir::fuzz
