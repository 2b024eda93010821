// Fragments go where their first fragment goes, without being put together.

#include "net/answer_icmp.h"
#include "worker/witness.h"
#include "worker/worker.h"

namespace weir::inline worker {

namespace {

fragment_tracker::part part_of(const packet& p) noexcept {
    const packet_view& view = p.view;
    const auto bytes = static_cast<std::uint32_t>(view.ip_length - (view.l4 - view.l3));
    // Nothing of a later fragment is parsed behind its fragment header, which ends at l4.
    const bool more =
        view.v6
            ? (header_at<ipv6_fragment_header>(p.frame(), view.l4 - sizeof(ipv6_fragment_header))
                   .offset.host()
               & 1)
                  != 0
            : (header_at<ipv4_header>(p.frame(), view.l3).fragment.host()
               & ipv4_header::more_fragments)
                  != 0;
    return {view.fragment_offset, bytes, !more};
}

} // namespace

void worker_core::handle_fragment(packet& p) noexcept {
    if (p.view.kind == packet_kind::flow)
        first_fragment(p);
    else
        later_fragment(p);
}

void worker_core::first_fragment(packet& p) noexcept {
    waiting_fragments waited;
    const unsigned count = remember_first(p, waited);
    p.hash = flows_.hash(p.view.key);
    p.candidate = flows_.probe(p.hash);
    find_and_forward({&p, 1});
    follow_first(waited, count);
}

/// From now on later fragments know where to go. Returns how many have waited for it.
unsigned worker_core::remember_first(const packet& p, waiting_fragments& waited) noexcept {
    unsigned count = 0;
    fragments_.remember(
        fragment_tracker::key_of(p.view.key, p.view.fragment_id),
        {p.view.key.source_port, p.view.key.destination_port}, part_of(p).bytes, now_,
        [&](void* m) { waited[count++] = static_cast<rte_mbuf*>(m); },
        [this](void* m) { lose_fragment(m, drop_reason::fragments_full); });
    return count;
}

void worker_core::follow_first(const waiting_fragments& waited, unsigned count) noexcept {
    for (unsigned i = 0; i < count; ++i) {
        packet later;
        later.m = waited[i];
        if (receive_any(later) != arrival::gone) later_fragment(later);
    }
}

/// One that has waited in vain.
void worker_core::lose_fragment(void* m, drop_reason reason) noexcept {
    auto* const lost = static_cast<rte_mbuf*>(m);
    books_.drop(reason);
    witness_loss(state_, {.core = number_, .device = lost->port}, *lost, reason);
    rte_pktmbuf_free(lost);
}

/// Until its first one comes.
void worker_core::hold_fragment(packet& p) noexcept {
    const flow_key key = fragment_tracker::key_of(p.view.key, p.view.fragment_id);
    const bool held = fragments_.hold(
        key, p.m, now_, [this](void* m) { lose_fragment(m, drop_reason::fragments_full); });
    if (!held) out_.drop(p, drop_reason::fragments_full);
}

/// Answered as soon as the first one has shown that it is a ping. Each piece counts as one, so that
/// a stranger cannot make us send more by cutting his pings up.
void worker_core::later_of_ping(packet& p) noexcept {
    if (!speaks_for(p, p.view.key.destination)) return;
    const flow_key key = fragment_tracker::key_of(p.view.key, p.view.fragment_id);
    if (!fragments_.follow(key, part_of(p), now_)) return hold_fragment(p);
    if (has_false_source(p)) return;
    if (!out_.may_answer(answer_kind::echo, p)) return out_.drop(p, drop_reason::ping_limit);
    turn_echo(p.frame(), p.view);
    out_.send_back(p);
}

void worker_core::later_fragment(packet& p) noexcept {
    if (p.view.is_icmp()) return later_of_ping(p);
    const flow_key key = fragment_tracker::key_of(p.view.key, p.view.fragment_id);
    const auto ports = fragments_.follow(key, part_of(p), now_);
    if (!ports) {
        const bool concerns_us =
            rules_->serves(p.view.key.destination) || rules_->is_nat_server(p.view.key.source);
        if (!concerns_us) return out_.to_twin(p);
        if (!holds(p.view.key.destination)) return leave_to_holder(p, p.view.key.destination);
        return hold_fragment(p);
    }
    p.view.key.source_port = ports->source;
    p.view.key.destination_port = ports->destination;
    // No flow here means that the first fragment found none either.
    p.hash = flows_.hash(p.view.key);
    if (const flow_ref flow = flows_.find(p.view.key, p.hash, now_)) {
        const bool sctp = p.view.key.proto == static_cast<std::uint8_t>(protocol::sctp);
        // Its first fragment was dropped for the same reason (net/rewrite.h).
        if (sctp && port_changes(flow)) return out_.drop(p, drop_reason::sctp_fragment);
        return forward_flow(p, flow);
    }
    if (!holds(p.view.key.destination)) return leave_to_holder(p, p.view.key.destination);
    if (rules_->serves(p.view.key.destination)) return out_.drop(p, drop_reason::fragment_orphan);
    out_.to_twin(p);
}

/// Is a port of this flow's packets changed?
bool worker_core::port_changes(flow_ref flow) const noexcept {
    const flow_entry& entry = flows_[flow];
    const flow_target& server = servers_.target(entry.target);
    return server.forward.facts().changes_port && server.port_for(entry.vip_port) != entry.vip_port;
}

} // namespace weir::inline worker
