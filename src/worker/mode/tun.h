#pragma once

// Tunnels: the packet gets an outer IP header from us to its server, and behind that the header of
// the tunnel's encapsulation (net/encapsulation.h). The server takes them off, has the VIP, and
// answers the client itself. An ICMP error about what it said goes to it like any packet.
//
// What is too large for its way, but may be cut up, is: in an IPv4 tunnel the outer packet, in an
// IPv6 tunnel, which only its source may cut, the inner one. IPv6 of up to 1280 bytes always
// passes, however narrow the way: the outer packet is cut up, by us or, in an IPv4 tunnel, on its
// way (RFC 2473 section 7.1, RFC 4213 section 3.2.2). An ICMP error about a tunnel packet teaches
// the path's MTU: the next packet that does not fit is answered to its sender (RFC 2003 section 5).
//
// Each encapsulation and each family of the outer header is compiled for itself. Workers.

#include <algorithm>

#include "net/tunnel.h"
#include "worker/mode/mode.h"

namespace weir::inline worker::mode {

template <typename Encapsulation, bool outer_v6>
struct tun {
    static constexpr forward_mode kind = forward_mode::tun;
    static constexpr std::size_t overhead = tunnel_overhead<Encapsulation>(outer_v6);
    static constexpr bool leaves_v6 = outer_v6; ///< for the link header

    static std::uint16_t largest(const flow_target& server, std::uint16_t mtu) noexcept {
        const std::uint16_t learned = server.path_mtu.load(std::memory_order_relaxed);
        return learned != 0 && learned < mtu ? learned : mtu;
    }

    /// The view goes on describing the inner packet.
    template <lane in>
    [[gnu::always_inline]] static bool to_server(const passage& x, const port_rule& port,
                                                 bool may_be_cut = false) noexcept {
        const std::uint16_t id = x.out.next_tunnel_id();
        std::byte* const inner = ip_of<in>(x);
        write_tunnel_header<Encapsulation>(inner - overhead, outer_v6, inner, x.p.view.v6,
                                           x.p.view.ip_length, outer_v6 ? port.v6 : port.v4,
                                           x.server.address, id, may_be_cut);
        return true;
    }

    static bool send(const passage& x, const way_out& way) noexcept {
        packet& p = x.p;
        const std::size_t path = largest(x.server, way.port->mtu);
        const std::size_t room = path - overhead;
        if (!x.out.fits(p, p.view.v6 ? std::max(room, least_ipv6_mtu) : room)) return false;
        decrement_ttl(p.ip(), p.view.v6);
        const bool whole = p.view.ip_length <= room;
        if (whole || !outer_v6) [[likely]]
            return wrap(x, *way.port, !whole) && x.out.send(p, way);
        egress::fragments pieces;
        if (p.view.v6) {
            if (!wrap(x, *way.port)) return false;
            const std::size_t count = x.out.cut_tunnel(p, path, pieces);
            x.out.send_pieces({pieces.data(), count}, true, way);
            return count != 0;
        }
        const std::size_t count = x.out.cut(p, room, pieces);
        for (std::size_t i = 0; i < count; ++i) {
            packet piece = p;
            piece.m = pieces[i];
            piece.view.l3 = 0;
            piece.view.ip_length = pieces[i]->data_len;
            if (wrap({piece, piece.frame(), x.server, x.vip, x.vip_port, x.out}, *way.port))
                x.out.send(piece, way, i == 0 ? packet_origin::received : packet_origin::generated);
        }
        return count != 0;
    }
    static bool send_error(const passage& x, const way_out& way) noexcept { return send(x, way); }

private:
    /// Puts the headers in front. The view then describes the outer packet. False: no room,
    /// dropped.
    static bool wrap(const passage& x, const port_rule& port, bool may_be_cut = false) noexcept {
        packet& p = x.p;
        // The link header in front of the inner packet goes: its room is part of the headroom.
        const std::size_t room = rte_pktmbuf_headroom(p.m) + p.view.l3;
        if (room < overhead + sizeof(ether_header) + sizeof(vlan_header)) [[unlikely]] {
            x.out.drop(p, drop_reason::oversized);
            return false;
        }
        to_server<lane::long_way>(x, port, may_be_cut);
        rte_pktmbuf_adj(p.m, p.view.l3);
        rte_pktmbuf_prepend(p.m, static_cast<std::uint16_t>(overhead));
        p.view.l3 = 0;
        p.view.v6 = outer_v6;
        p.view.ip_length = static_cast<std::uint16_t>(p.view.ip_length + overhead);
        return true;
    }
};

inline bool is_too_big(const packet& error) noexcept {
    const auto& icmp = header_at<icmp_header>(error.frame(), error.view.l4);
    return error.view.v6
               ? icmp.type == icmpv6_too_big
               : icmp.type == icmpv4_unreachable && icmp.code == icmpv4_fragmentation_needed;
}

/// Does an error about a tunnel packet say that it did not reach its server? What else there is
/// concerns us alone: a port that tunnels have not, our own header (RFC 2003 section 4).
inline bool is_lost_on_the_way(const packet& error) noexcept {
    const auto& icmp = header_at<icmp_header>(error.frame(), error.view.l4);
    if (error.view.v6)
        return icmp.type == icmpv6_unreachable || icmp.type == icmpv6_time_exceeded
               || (icmp.type == icmpv6_parameter_problem
                   && icmp.code == icmpv6_unknown_next_header);
    constexpr std::uint8_t source_route_failed = 5;
    return icmp.type == icmpv4_time_exceeded
           || (icmp.type == icmpv4_unreachable && icmp.code != icmpv4_port_unreachable
               && icmp.code != icmpv4_fragmentation_needed && icmp.code != source_route_failed);
}

/// The path MTU, bytes, that an ICMP error about a tunnel packet teaches; 0 = none. Forged errors
/// must not make every packet too big: RFC 1191 section 3 and Linux's min_pmtu. Less than `least`
/// is not believed, nor less than 1280 of IPv6 (RFC 8200 section 5).
inline std::uint16_t path_mtu_taught_by(const packet& error, std::uint32_t least) noexcept {
    const auto& icmp = header_at<icmp_header>(error.frame(), error.view.l4);
    const bool v6 = error.view.v6;
    const std::uint32_t rest = icmp.rest.host();
    const std::uint32_t mtu = v6 ? rest : rest & 0xffff;
    if (!is_too_big(error) || mtu < least || (v6 && mtu < least_ipv6_mtu) || mtu > UINT16_MAX)
        return 0;
    return static_cast<std::uint16_t>(mtu);
}

} // namespace weir::inline worker::mode
