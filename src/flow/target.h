#pragma once

// Where flows go: a real server of a service, as the packet path needs it, in half a cache line.
// Flows name their target by its slot number, which outlives rule sets: a removed server's slot
// stays until its last flow has gone. Written by the control core before the slot is published;
// afterwards only what is atomic changes.

#include <atomic>
#include <cstdint>

#include "net/types.h"

namespace weir::inline flow {

/// How packets reach the server.
enum class forward_mode : std::uint8_t {
    dr,    ///< its MAC address, nothing else
    tun,   ///< IP-in-IP
    nat,   ///< its address and port; replies come back through us
    local, ///< this host: unchanged, through the twin
};

/// The slot number of a target. 0 is never a target.
using target_id = std::uint32_t;

struct alignas(32) flow_target {
    ip_address address; ///< of the real server
    be16 port;          ///< of the real server; 0 = the port the client asked for
    forward_mode mode = forward_mode::dr;
    std::atomic<bool> gone{false};          ///< removed and its drain time passed: drop its flows
    std::atomic<std::uint32_t> hop{0};      ///< neighbour slot of the way there; 0 = no route
    std::atomic<std::uint16_t> path_mtu{0}; ///< tun: learned from ICMP; 0 = the link's
    std::atomic<bool> conn_reuse{true};     ///< a SYN on a flow that is over is scheduled anew
    std::atomic<bool> expire_nodest{false}; ///< so is, at weight 0, a SYN on any flow

    /// The server's port for a client that asked for `asked`.
    be16 port_for(be16 asked) const noexcept { return port.raw != 0 ? port : asked; }
};
static_assert(sizeof(flow_target) == 32);

} // namespace weir::inline flow
