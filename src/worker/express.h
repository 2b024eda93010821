#pragma once

// The express lane, inline: what forward_flow() does, for a packet that changes nothing but itself,
// comes and leaves untagged and fits its way. Everything that could keep it from leaving is asked
// first, so a packet that is not of this kind goes to forward_flow() as it came. What is done here
// must be what is done there (forward.cpp, egress.cpp); tests/pipeline/express_test.cpp compares.
// Workers.

#include "net/rewrite.h"
#include "worker/outer.h"

namespace weir {

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

/// True: the packet is on its way, and no longer the worker's. False: nothing was changed.
[[gnu::always_inline]] inline bool worker::express(packet& p, flow_ref flow,
                                                   flow_entry& entry) noexcept {
    const flow_target& server = servers_.target(entry.target);
    const bool is_reverse = flow.is_reverse();
    if (!changes_nothing(entry, p.view, is_reverse) || server.gone.load(std::memory_order_relaxed)
        || server.mode == forward_mode::local) [[unlikely]]
        return false;
    neighbour_id hop = server.hop.load(std::memory_order_relaxed);
    if (is_reverse) {
        const route& r = routes_->find(p.view.key.destination);
        hop = r.reachable ? hop_of(r, p.view.key.destination) : 0;
    }
    const link_address link = neighbours_.at(hop); // slot 0 is never resolved
    const port_rule& port = rules_->ports()[link.port()];
    const std::size_t overhead =
        server.mode == forward_mode::tun ? tunnel_overhead(server.address.is_v6()) : 0;
    const std::size_t length = p.view.ip_length + overhead;
    std::byte* const frame = p.frame();
    std::byte* const ip = frame + sizeof(ether_header);
    if (!link.resolved() || port.vlan != 0 || p.view.l3 != sizeof(ether_header)
        || length > path_mtu(server, port) || p.m->data_off < overhead
        || ttl_of(ip, p.view.v6) <= 1) [[unlikely]]
        return false;

    flow_table::touch(entry, now_);
    neighbours_.used(hop, now_);
    decrement_ttl(ip, p.view.v6);
    server_counters& counters = counters_[entry.target];
    (is_reverse ? counters.out_packets : counters.in_packets).add();
    (is_reverse ? counters.out_bytes : counters.in_bytes).add(p.view.ip_length);
    if (is_reverse)
        translate_plain(frame, p.view, true, entry.vip, entry.vip_port);
    else if (server.mode == forward_mode::nat)
        translate_plain(frame, p.view, false, server.address,
                        server.port.raw != 0 ? server.port : entry.vip_port);
    else if (server.mode == forward_mode::tun)
        write_outer(ip - overhead, ip, p.view, server, port);

    p.m->data_off = static_cast<std::uint16_t>(p.m->data_off - overhead);
    // What comes behind the IP packet is padding.
    p.m->data_len = static_cast<std::uint16_t>(sizeof(ether_header) + length);
    p.m->pkt_len = p.m->data_len;
    auto& ether = header_at<ether_header>(frame - overhead, 0);
    ether.destination = link.mac();
    ether.source = port.mac;
    if (overhead != 0) ether.type = ether_type_of(server.address.is_v6());
    out_.send(p.m, port.device, packet_origin::received);
    return true;
}

} // namespace weir
