#pragma once

// The express lane, inline: what forward_flow() does, for a packet that changes nothing but itself,
// comes and leaves untagged and fits its way. Everything that could keep it from leaving is asked
// first, so a packet that is not of this kind goes to forward_flow() as it came. Both lanes rewrite
// by the text of the server's mode (worker/mode/); tests/pipeline/express_test.cpp compares what
// they make of it. Workers.

#include "net/rewrite.h"
#include "worker/mode/modes.h"
#include "worker/worker.h"

namespace weir::inline worker {

/// True for data of established TCP connections, and for datagrams of flows that have had what they
/// wait for, or that have no answer yet and get none now. May say no to others that change nothing.
inline bool changes_nothing(const flow_entry& entry, const packet_view& view, bool is_reverse,
                            const flow_target& server) noexcept {
    constexpr auto deciding = tcp_header::fin | tcp_header::syn | tcp_header::rst | tcp_header::ack;
    if (entry.proto == static_cast<std::uint8_t>(protocol::tcp))
        return (view.tcp_flags & deciding) == tcp_header::ack
               && entry.state.load(std::memory_order_relaxed) == flow_state::established;
    return entry.proto == static_cast<std::uint8_t>(protocol::udp)
           && (entry.state.load(std::memory_order_relaxed) == flow_state::udp
               || (!is_reverse && replies_return(server.forward.mode)));
}

/// True: the packet is on its way, and no longer the worker's. False: nothing was changed.
[[gnu::always_inline]] inline bool worker_core::express(packet& p, flow_ref flow,
                                                        flow_entry& entry) noexcept {
    const flow_target& server = servers_.target(entry.target);
    if (!changes_nothing(entry, p.view, flow.is_reverse(), server)
        || server.lost.load(std::memory_order_relaxed) != lost_flows::none) [[unlikely]]
        return false;
    if (flow.is_reverse()) {
        const route& r = routes_->find(p.view.key.destination);
        const neighbour_id hop = r.reachable ? out_.hop_of(r, p.view.key.destination) : 0;
        return mode::with_returning_mode(
            server, [&]<typename Mode>(Mode) __attribute__((always_inline)) {
                return leave<Mode, flow_direction::output>(p, entry, server, hop);
            });
    }
    return mode::with_mode(
        server, [&]<typename Mode>(Mode) __attribute__((always_inline)) {
            if constexpr (Mode::kind == forward_mode::local)
                return false;
            else
                return leave<Mode, flow_direction::input>(
                    p, entry, server, server.hop.load(std::memory_order_relaxed));
        });
}

/// The rest of express(), for one mode and direction.
template <typename Mode, flow_direction direction>
[[gnu::always_inline]] inline bool worker_core::leave(packet& p, flow_entry& entry,
                                                      const flow_target& server,
                                                      neighbour_id hop) noexcept {
    constexpr bool to_client = direction == flow_direction::output;
    constexpr std::size_t overhead = to_client ? 0 : Mode::overhead;
    const link_address link = neighbours_.at(hop); // slot 0 is never resolved
    const untagged_way& port = rules_->untagged_way_out(link.port());
    const std::size_t mtu = to_client ? port.mtu : Mode::largest(server, port.mtu);
    const std::size_t length = p.view.ip_length + overhead;
    std::byte* const frame = p.frame();
    std::byte* const ip = frame + sizeof(ether_header);
    if (!link.resolved() || p.view.l3 != sizeof(ether_header) || length > mtu
        || (overhead != 0 && p.m->data_off < overhead) || ttl_of(ip, p.view.v6) <= 1) [[unlikely]]
        return false;

    decrement_ttl(ip, p.view.v6);
    const std::uint32_t now = now_; // once: what is written could change it, for all GCC knows
    flow_table::touch(entry, now);
    neighbours_.used(hop, now);
    server_counters& counters = counters_[entry.target];
    const mode::passage passage{p, frame, server, entry.vip, entry.vip_port, out_};
    if constexpr (to_client) {
        counters.add_out(p.view.ip_length);
        Mode::template to_client<mode::lane::express>(passage);
    } else {
        counters.add_in(p.view.ip_length);
        Mode::template to_server<mode::lane::express>(passage, rules_->ports()[link.port()]);
    }
    if constexpr (overhead != 0) {
        p.m->data_off = static_cast<std::uint16_t>(p.m->data_off - overhead);
        header_at<ether_header>(frame - overhead, 0).type = ether_type_of(Mode::leaves_v6);
    }
    link.write(frame - overhead, port.own);
    // What comes behind the IP packet is padding.
    p.m->data_len = static_cast<std::uint16_t>(sizeof(ether_header) + length);
    p.m->pkt_len = p.m->data_len;
    out_.send_frame(p.m, port.device);
    return true;
}

} // namespace weir::inline worker
