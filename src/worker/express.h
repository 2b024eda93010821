#pragma once

// The express lane, inline: what forward_flow() does, for a packet that changes nothing but itself,
// comes and leaves untagged and fits its way. Everything that could keep it from leaving is asked
// first, so a packet that is not of this kind goes to forward_flow() as it came. What is done here
// must be what is done there (forward.cpp, egress.cpp, egress_tunnel.cpp);
// tests/pipeline/express_test.cpp compares. Workers.

#include "net/rewrite.h"
#include "worker/outer.h"

namespace weir::inline worker {

/// Does a packet leave its flow as it is? Knows data of established TCP connections and datagrams,
/// but for answers that have a template to assure; may say no to others that change nothing.
inline bool changes_nothing(const flow_entry& entry, const packet_view& view,
                            bool is_reverse) noexcept {
    constexpr auto deciding = tcp_header::fin | tcp_header::syn | tcp_header::rst | tcp_header::ack;
    if (entry.proto == static_cast<std::uint8_t>(protocol::tcp))
        return (view.tcp_flags & deciding) == tcp_header::ack
               && entry.state.load(std::memory_order_relaxed) == flow_state::established;
    return entry.proto == static_cast<std::uint8_t>(protocol::udp)
           && (!is_reverse || entry.control.load(std::memory_order_relaxed) == 0);
}

/// What the express lane does to a packet: what its server's way of forwarding asks for, or what
/// makes a server's packet the VIP's.
enum class worker_core::rewrite { dr, nat, tun_v4, tun_v6, reply };

/// True: the packet is on its way, and no longer the worker's. False: nothing was changed.
[[gnu::always_inline]] inline bool worker_core::express(packet& p, flow_ref flow,
                                                        flow_entry& entry) noexcept {
    const flow_target& server = servers_.target(entry.target);
    if (!changes_nothing(entry, p.view, flow.is_reverse())
        || server.gone.load(std::memory_order_relaxed)) [[unlikely]]
        return false;
    if (flow.is_reverse()) {
        const route& r = routes_->find(p.view.key.destination);
        const neighbour_id hop = r.reachable ? out_.hop_of(r, p.view.key.destination) : 0;
        return leave<rewrite::reply>(p, entry, server, hop);
    }
    const neighbour_id hop = server.hop.load(std::memory_order_relaxed);
    switch (server.forward.mode) {
    case forward_mode::dr:
        return leave<rewrite::dr>(p, entry, server, hop);
    case forward_mode::nat:
        return leave<rewrite::nat>(p, entry, server, hop);
    case forward_mode::tun:
        return server.address.is_v6() ? leave<rewrite::tun_v6>(p, entry, server, hop)
                                      : leave<rewrite::tun_v4>(p, entry, server, hop);
    case forward_mode::local:
        break;
    }
    return false;
}

/// The rest of express(), for one kind of rewrite.
template <worker_core::rewrite how>
[[gnu::always_inline]] inline bool worker_core::leave(packet& p, flow_entry& entry,
                                                      const flow_target& server,
                                                      neighbour_id hop) noexcept {
    const link_address link = neighbours_.at(hop); // slot 0 is never resolved
    const untagged_way& port = rules_->untagged_way_out(link.port());
    constexpr bool tunnel = how == rewrite::tun_v4 || how == rewrite::tun_v6;
    constexpr bool outer_v6 = how == rewrite::tun_v6;
    constexpr std::size_t overhead = tunnel ? tunnel_overhead<ipip>(outer_v6) : 0;
    const std::size_t mtu = tunnel ? path_mtu(server, port.mtu) : port.mtu;
    const std::size_t length = p.view.ip_length + overhead;
    std::byte* const frame = p.frame();
    std::byte* const ip = frame + sizeof(ether_header);
    if (!link.resolved() || p.view.l3 != sizeof(ether_header) || length > mtu
        || (tunnel && p.m->data_off < overhead) || ttl_of(ip, p.view.v6) <= 1) [[unlikely]]
        return false;

    decrement_ttl(ip, p.view.v6);
    flow_table::touch(entry, now_);
    neighbours_.used(hop, now_);
    server_counters& counters = counters_[entry.target];
    if constexpr (how == rewrite::reply)
        counters.add_out(p.view.ip_length);
    else
        counters.add_in(p.view.ip_length);
    if constexpr (how == rewrite::reply)
        translate_plain(frame, p.view, side::source, entry.vip, entry.vip_port);
    if constexpr (how == rewrite::nat)
        translate_plain(frame, p.view, side::destination, server.address,
                        server.port_for(entry.vip_port));
    if constexpr (tunnel) {
        out_.write_outer(ip - overhead, outer_v6, ip, p.view, server, rules_->ports()[link.port()]);
        p.m->data_off = static_cast<std::uint16_t>(p.m->data_off - overhead);
        header_at<ether_header>(frame - overhead, 0).type = ether_type_of(outer_v6);
    }
    link.write(frame - overhead, port.own);
    // What comes behind the IP packet is padding.
    p.m->data_len = static_cast<std::uint16_t>(sizeof(ether_header) + length);
    p.m->pkt_len = p.m->data_len;
    out_.send_frame(p.m, port.device);
    return true;
}

} // namespace weir::inline worker
