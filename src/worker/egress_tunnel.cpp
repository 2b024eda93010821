// Packets that go to their server in a tunnel.

#include <algorithm>

#include "net/rewrite.h"
#include "worker/outer.h"

namespace weir::inline worker {

bool egress::send_through_tunnel(packet& p, const flow_target& server,
                                 const way_out& way) noexcept {
    const bool outer_v6 = server.address.is_v6();
    const std::size_t path = path_mtu(server, way.port->mtu);
    const std::size_t room = path - tunnel_overhead<ipip>(outer_v6);
    if (!fits(p, p.view.v6 ? std::max(room, least_ipv6_mtu) : room)) return false;
    decrement_ttl(p.ip(), p.view.v6);
    const bool whole = p.view.ip_length <= room;
    if (whole || !outer_v6) [[likely]] {
        if (!put_into_tunnel(p, server, way, !whole)) return false;
        return send(p, way);
    }
    fragments pieces;
    if (p.view.v6) {
        if (!put_into_tunnel(p, server, way)) return false;
        const std::size_t count = cut_tunnel(p, path, pieces);
        send_pieces({pieces.data(), count}, true, way);
        return count != 0;
    }
    const std::size_t count = cut(p, room, pieces);
    for (std::size_t i = 0; i < count; ++i) {
        packet piece = p;
        piece.m = pieces[i];
        piece.view.l3 = 0;
        piece.view.ip_length = pieces[i]->data_len;
        if (put_into_tunnel(piece, server, way))
            send(piece, way, i == 0 ? packet_origin::received : packet_origin::generated);
    }
    return count != 0;
}

/// Puts the outer header in front. The view then describes the outer packet. False: no room,
/// dropped.
bool egress::put_into_tunnel(packet& p, const flow_target& server, const way_out& way,
                             bool may_be_cut) noexcept {
    const bool outer_v6 = server.address.is_v6();
    const std::size_t overhead = tunnel_overhead<ipip>(outer_v6);
    // The link header in front of the inner packet is given up: its room is part of the headroom.
    const std::size_t room = rte_pktmbuf_headroom(p.m) + p.view.l3;
    if (room < overhead + sizeof(ether_header) + sizeof(vlan_header)) [[unlikely]] {
        drop(p, drop_reason::oversized);
        return false;
    }
    rte_pktmbuf_adj(p.m, p.view.l3);
    std::byte* const inner = p.frame();
    const auto outer = reinterpret_cast<std::byte*>(
        rte_pktmbuf_prepend(p.m, static_cast<std::uint16_t>(overhead)));
    write_outer(outer, outer_v6, inner, p.view, server, *way.port, may_be_cut);
    p.view.l3 = 0;
    p.view.v6 = outer_v6;
    p.view.ip_length = static_cast<std::uint16_t>(p.view.ip_length + overhead);
    return true;
}

} // namespace weir::inline worker
