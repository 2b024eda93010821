// Packets of known flows: note what they do to the flow, pass them on.

#include "worker/worker.h"

#include "flow/sctp_state.h"
#include "flow/tcp_state.h"
#include "net/headers.h"

namespace weir::inline worker {

void worker_core::forward_flow(packet& p, flow_ref flow) noexcept {
    long_way_.add();
    flow_entry& entry = flows_[flow];
    const target_id id = entry.target;
    server_counters& counters = counters_[id];
    const std::uint16_t bytes = p.view.ip_length;
    const flow_state state = entry.state.load(std::memory_order_relaxed);
    const bool lost = servers_.target(id).has_lost(entry.proto);
    if (lost || (!flow.is_reverse() && begins_again(p, entry, state))) [[unlikely]] {
        if (flows_.end(number_, entry, state)) flow_ended(entry, state);
        if (flow.is_reverse()) return out_.drop(p, drop_reason::server_gone);
        // The first fragment went to the server that is lost: another has no use for the rest.
        if (p.view.kind == packet_kind::fragment) return out_.drop(p, drop_reason::fragment_orphan);
        return open_flow(p);
    }
    // The other director may know a later connection of this client's port.
    if (is_over(state) && state != flow_state::reset && !flow.is_reverse() && !p.view.opens()
        && p.view.kind != packet_kind::fragment && pass_over(p, entry.vip)) [[unlikely]]
        return;
    if (flow.is_reverse()) {
        note_packet(entry, p, flow_direction::output);
        if (!to_client(p, id, entry.vip, entry.vip_port)) return;
        counters.add_out(bytes);
        return;
    }
    note_packet(entry, p,
                replies_return(servers_.target(id).forward.mode) ? flow_direction::input
                                                                 : flow_direction::input_only);
    if (!to_server(p, id, entry.vip_port)) return;
    counters.add_in(bytes);
}

/// True if this packet opens a connection although its flow is known. Always when the server is
/// out: no connection begins there, whatever the settings. LVS's conn_reuse_mode=1: when the old
/// connection is over, unless persistence says where it goes. LVS's expire_nodest_conn=1: when the
/// server has weight 0.
bool worker_core::begins_again(const packet& p, const flow_entry& entry,
                               flow_state state) const noexcept {
    if (!p.view.opens()) [[likely]]
        return false;
    const flow_target& server = servers_.target(entry.target);
    const server_load& load = servers_.load(entry.target);
    if (load.is_out()) return true;
    if (server.expire_nodest.load(std::memory_order_relaxed)
        && load.weight.load(std::memory_order_relaxed) <= 0)
        return true;
    return is_over(state) && server.conn_reuse.load(std::memory_order_relaxed)
           && entry.control.load(std::memory_order_relaxed) == 0;
}

/// Keeps the flow alive and follows its state. The worker that wins a change moves the counts.
void worker_core::note_packet(flow_entry& entry, const packet& p,
                              flow_direction direction) noexcept {
    // The first fragment has said all.
    const bool whole = p.view.kind != packet_kind::fragment;
    if (whole && entry.proto == static_cast<std::uint8_t>(protocol::tcp))
        return note_segment(entry, p, direction);
    flow_table::touch(entry, now_);
    if (!whole) return;
    if (entry.proto == static_cast<std::uint8_t>(protocol::sctp))
        note_chunk(entry, p, direction);
    else
        note_datagram(entry, direction);
}

void worker_core::note_segment(flow_entry& entry, const packet& p,
                               flow_direction direction) noexcept {
    const flow_state before = entry.state.load(std::memory_order_relaxed);
    if (static_cast<std::size_t>(before) >= tcp_states) [[unlikely]]
        return; // ended by another worker just now
    if (before == flow_state::syn_recv && !note_handshake(entry, p, direction)) return;
    flow_table::touch(entry, now_);
    const flow_state after = next_tcp_state(before, direction, p.view.tcp_flags);
    if (after == before) [[likely]]
        return;
    move(entry, before, after);
}

/// False if the packet neither renews a half-open connection nor opens it. A stranger's SYN makes
/// the server repeat its SYN-ACK for a minute: only the client renews. In NAT its ACK or FIN counts
/// if it acknowledges the SYN-ACK, which only reached the real owner of the address; the last 16
/// bits tell. A server that speaks on has believed its client.
bool worker_core::note_handshake(flow_entry& entry, const packet& p,
                                 flow_direction direction) noexcept {
    const std::uint8_t flags = p.view.tcp_flags;
    const auto& header = header_at<tcp_header>(p.frame(), p.view.l4);
    switch (direction) {
    case flow_direction::output:
        if ((flags & tcp_header::syn) == 0) return true;
        entry.awaited.store(static_cast<std::uint16_t>(header.sequence.host() + 1),
                            std::memory_order_relaxed);
        return false;
    case flow_direction::input:
        if ((flags & tcp_header::syn) != 0) return true;
        return (flags & (tcp_header::rst | tcp_header::ack)) == tcp_header::ack
               && static_cast<std::uint16_t>(header.acknowledgement.host())
                      == entry.awaited.load(std::memory_order_relaxed);
    case flow_direction::input_only:
        return true;
    }
    return true;
}

/// An answer, where answers pass through us, or else a second packet shows that there is more to
/// come than one packet of a stranger.
void worker_core::note_datagram(flow_entry& entry, flow_direction direction) noexcept {
    if (direction == flow_direction::input
        || entry.state.load(std::memory_order_relaxed) != flow_state::udp_one_way)
        return;
    move(entry, flow_state::udp_one_way, flow_state::udp);
    if (direction == flow_direction::output) flows_.assure_template(entry);
}

/// The same of SCTP.
void worker_core::note_chunk(flow_entry& entry, const packet& p,
                             flow_direction direction) noexcept {
    const flow_state before = entry.state.load(std::memory_order_relaxed);
    if (before != flow_state::none && !is_sctp(before)) return; // ended just now
    const flow_state after = next_sctp_state(before, direction, p.view.sctp_chunk);
    if (after != before) move(entry, before, after);
}

void worker_core::move(flow_entry& entry, flow_state before, flow_state after) noexcept {
    const std::uint16_t timeout = servers_.timeouts(entry.target)[after];
    if (!flows_.change_state(entry, before, after, timeout)) return;
    if (is_active(before) != is_active(after)) servers_.moved(entry.target, is_active(after));
    if (after == flow_state::established || after == flow_state::sctp_established)
        flows_.assure_template(entry);
}

} // namespace weir::inline worker
