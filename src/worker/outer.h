#pragma once

// What the express lane and the long way both do for a packet that goes into a tunnel. Workers.

#include "net/tunnel.h"
#include "worker/egress.h"

namespace weir::inline worker {

/// The largest IP packet, bytes, its outer header included, that reaches a server through this
/// port of this MTU.
inline std::uint16_t path_mtu(const flow_target& server, std::uint16_t mtu) noexcept {
    const std::uint16_t learned = server.path_mtu.load(std::memory_order_relaxed);
    return learned != 0 && learned < mtu ? learned : mtu;
}

/// Whoever cuts a tunnel packet up needs another number for each (RFC 6864 section 4.2).
inline void egress::write_outer(std::byte* outer, bool outer_v6, const std::byte* inner,
                                const packet_view& view, const flow_target& server,
                                const port_rule& port, bool may_be_cut) noexcept {
    tunnel_id_ += state_.workers;
    write_tunnel_header<ipip>(outer, outer_v6, inner, view.v6, view.ip_length,
                              outer_v6 ? port.v6 : port.v4, server.address,
                              static_cast<std::uint16_t>(tunnel_id_), may_be_cut);
}

} // namespace weir::inline worker
