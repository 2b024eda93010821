#pragma once

// A received frame becomes a packet the worker knows: the first stage, inline, for its result is
// hashed at once. Workers.

#include "net/parse_simple.h"
#include "worker/worker.h"

namespace weir::inline worker {

/// Parses `p.m` and finds the port it came in through. `gone`: it has been dropped.
[[gnu::always_inline]] inline worker_core::arrival worker_core::receive(packet& p) noexcept {
    static_assert(RTE_MAX_ETHPORTS < 2 * max_ports);
    const rte_mbuf& m = *p.m;
    // One mask for two questions. The card's word "none" has both bits of a checksum, and is rare.
    static_assert(RTE_MBUF_F_RX_IP_CKSUM_NONE
                  == (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_BAD));
    constexpr std::uint64_t unusual = RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_IP_CKSUM_BAD;
    const bool checked = (m.ol_flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) != 0;
    const link_address here = rules_->untagged_port(m.port);
    // Without a port, `here` is the null address: only broadcasts match it, and parse_simple()
    // refuses those.
    if (m.nb_segs == 1 && (m.ol_flags & unusual) == 0 && m.data_len >= least_simple_frame
        && here.is_destination_of(p.frame()) && parse_simple(p.bytes(), checked, p.view))
        [[likely]] {
        p.port = here.port();
        return arrival::flow;
    }
    return receive_any(p);
}

} // namespace weir::inline worker
