// A received frame of any kind, through any port: the long way of receive.h.

#include <rte_ether.h>

#include "net/parse.h"
#include "worker/worker.h"

namespace weir::inline worker {

namespace {

constexpr std::uint16_t service_tag = 0x88a8; // IEEE 802.1ad

/// What the card says of an IPv4 header's checksum.
inline ip_checksum checksum_seen_by_device(const rte_mbuf& m) noexcept {
    const std::uint64_t says = m.ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
    return says == RTE_MBUF_F_RX_IP_CKSUM_GOOD  ? ip_checksum::good
           : says == RTE_MBUF_F_RX_IP_CKSUM_BAD ? ip_checksum::bad
                                                : ip_checksum::unknown;
}

} // namespace

/// Some devices take the tag out of the frame, or both tags of two; the twins and the parser want
/// them there. A device that takes out one does not say of which kind it was: an 802.1ad tag comes
/// back as one of 802.1Q. Others (Intel's, that round the size of a buffer down) bring a large
/// frame in pieces; the first buffer has room for all. False when the packet has been dropped.
bool worker_core::straighten(packet& p) noexcept {
    if ((p.m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) {
        const bool two = (p.m->ol_flags & RTE_MBUF_F_RX_QINQ_STRIPPED) != 0;
        p.m->ol_flags &= ~(RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_VLAN
                           | RTE_MBUF_F_RX_QINQ_STRIPPED | RTE_MBUF_F_RX_QINQ);
        bool whole = rte_vlan_insert(&p.m) == 0;
        if (whole && two) {
            p.m->vlan_tci = p.m->vlan_tci_outer;
            whole = rte_vlan_insert(&p.m) == 0;
            if (whole) header_at<ether_header>(p.frame(), 0).type = be16::from_host(service_tag);
        }
        if (!whole) {
            out_.drop(p, drop_reason::no_buffer);
            return false;
        }
    }
    if (p.m->nb_segs != 1 && rte_pktmbuf_linearize(p.m) != 0) {
        out_.drop(p, drop_reason::oversized);
        return false;
    }
    return true;
}

/// A packet of any kind, through any port.
worker_core::arrival worker_core::receive_any(packet& p) noexcept {
    if (!straighten(p)) return arrival::gone;
    parse(p.bytes(), checksum_seen_by_device(*p.m), p.view);
    if (p.view.kind == packet_kind::bad) {
        out_.drop(p, p.view.reason);
        return arrival::gone;
    }
    p.port = p.view.vlan == 0 ? rules_->untagged_port(p.m->port).port()
                              : rules_->port_of(p.m->port, p.view.vlan);
    if (p.port == max_ports) {
        out_.drop(p, drop_reason::wrong_vlan);
        return arrival::gone;
    }
    const auto& to = header_at<ether_header>(p.frame(), 0).destination;
    if (to != rules_->ports()[p.port].mac && !to.is_multicast() && !take_as_router(p))
        return arrival::gone;
    return p.view.kind == packet_kind::flow && !p.view.fragmented ? arrival::flow : arrival::other;
}

} // namespace weir::inline worker
