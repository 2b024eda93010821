#pragma once

// The destination of flows: a real server of a service, as the packet path needs it, in half a
// cache line. Flows name their target by its slot number, which outlives rule sets: the slot of a
// removed server stays until its last flow has gone. The control core writes a target before it
// publishes the slot; afterwards only the atomic fields change.

#include <atomic>
#include <cstdint>

#include "flow/mode.h"
#include "net/types.h"

namespace weir::inline flow {

/// The slot number of a target. 0 is never a target.
using target_id = std::uint32_t;

/// Which of its flows a target has lost: their next packet ends them.
enum class lost_flows : std::uint8_t { none, udp, all };

struct alignas(32) flow_target {
    ip_address address; ///< of the real server
    be16 port;          ///< of the real server; 0 = the port the client asked for
    forwarding forward;
    std::atomic<lost_flows> lost{lost_flows::none}; ///< it is down or was removed
    std::atomic<std::uint32_t> hop{0};      ///< neighbour slot of the next hop; 0 = no route
    std::atomic<std::uint16_t> path_mtu{0}; ///< tun: learned from ICMP; 0 = the link's
    std::atomic<bool> conn_reuse{true};     ///< schedule a SYN on an ended flow again
    std::atomic<bool> expire_nodest{false}; ///< schedule a SYN again on any flow at weight 0

    /// True if the next packet of a flow with this IP protocol ends it.
    bool has_lost(std::uint8_t proto) const noexcept {
        const lost_flows which = lost.load(std::memory_order_relaxed);
        return which == lost_flows::all
               || (which == lost_flows::udp && proto == static_cast<std::uint8_t>(protocol::udp));
    }
    /// The server's port for a client that addressed port `asked`.
    be16 port_for(be16 asked) const noexcept { return port.raw != 0 ? port : asked; }
};
static_assert(sizeof(flow_target) == 32);

} // namespace weir::inline flow
