// Packets as those see them who watch: a worker takes one that somebody wants to see by itself, and
// derives from what was before and after what it did. The packet path knows nothing of it.

#include <algorithm>

#include "worker/witness.h"
#include "worker/worker.h"

namespace weir::inline worker {

namespace {

using watch::choice;
using watch::flow_sight;
using watch::outcome;
using watch::sighting;

} // namespace

/// What was known of a packet before the worker took it.
struct worker_core::glance {
    packet_view view;
    flow_key client_key; ///< of its flow
    port_id port = max_ports;
    flow_ref flow;
    flow_sight sight;
    bool had_template = false;
    const service_rule* rule = nullptr;
    std::array<bool, watch::watch_set::most> wanted{};
};

watch::flow_sight worker_core::sight_of(flow_ref flow) const noexcept {
    if (!flow) return {};
    const flow_entry& entry = flows_[flow];
    return {.known = true,
            .reverse = flow.is_reverse(),
            .persistent = entry.control.load(std::memory_order_relaxed) != 0,
            .state = entry.state.load(std::memory_order_relaxed),
            .silent = now_ - std::min(now_, entry.last_seen.load(std::memory_order_relaxed))};
}

/// Does anybody want to see this packet? Who only counts has counted it.
bool worker_core::look_at(const rte_mbuf& m, bool from_wire, const watch::watch_set& set,
                          glance& g) const noexcept {
    read_frame(m, g.view);
    g.port = port_of_frame(*rules_, m.port, g.view);
    const bool error = g.view.kind == packet_kind::icmp_error;
    const bool has_key = error || (g.view.kind == packet_kind::flow);
    const flow_key key = error ? g.view.key.reversed() : g.view.key;
    if (has_key) g.flow = flows_.find(key, flows_.hash(key), now_);
    g.client_key = g.flow ? flows_[g.flow].forward_key() : key;
    g.sight = sight_of(g.flow);
    watch::subject subject{
        .key = g.view.key, .port = g.port, .frame = bytes_of(m), .client_key = g.client_key};
    add_flow(state_, g.flow, subject);
    bool any = false;
    for (std::size_t i = 0; i < set.all.size(); ++i) {
        const watch::order& wanted = set.all[i]->wanted();
        if (wanted.what.only_dropped || !wanted.what.match(subject, wanted.counts)) continue;
        if (wanted.counts) {
            if (from_wire) set.all[i]->tally(number_, g.flow && g.flow.is_reverse(), m.pkt_len);
            continue;
        }
        g.wanted[i] = set.all[i]->admits(number_, now_);
        any |= g.wanted[i];
    }
    return any;
}

/// A burst of which somebody may want to see packets: those one by one, the rest together, in their
/// order.
void worker_core::watched_burst(rte_mbuf** packets, unsigned count, const device_wiring* from,
                                const watch::watch_set& set) noexcept {
    unsigned begin = 0;
    for (unsigned i = 0; i < count; ++i) {
        glance g;
        if (!look_at(*packets[i], from != nullptr, set, g)) continue;
        if (i > begin) handle_burst(packets + begin, i - begin, from);
        witness(packets[i], from, set, g);
        begin = i + 1;
    }
    if (count > begin) handle_burst(packets + begin, count - begin, from);
}

void worker_core::witness(rte_mbuf* m, const device_wiring* from, const watch::watch_set& set,
                          glance& g) noexcept {
    sighting s;
    s.cycles = rte_rdtsc();
    s.view = g.view;
    s.core = static_cast<std::uint8_t>(number_);
    s.from_wire = from != nullptr;
    s.device = m->port;
    s.port = g.port;
    s.length = static_cast<std::uint16_t>(m->pkt_len);
    s.before = g.sight;
    std::array<std::byte, watch::most_snap> came; // the frame is rewritten in place
    const std::span<const std::byte> frame = bytes_of(*m);
    const std::size_t kept = std::min(frame.size(), came.size());
    std::copy_n(frame.data(), kept, came.data());

    const auto proto = static_cast<std::uint8_t>(g.client_key.proto);
    g.rule = rules_->find(g.client_key.destination, g.client_key.destination_port, proto);
    if (g.rule != nullptr && g.rule->persistence && !g.flow) {
        const flow_key key = g.rule->persistence.key_of(g.client_key.source);
        g.had_template = static_cast<bool>(flows_.find(key, flows_.hash(key), now_));
    }
    if (g.flow) s.target = flows_[g.flow].target;

    out_.flush(); // what waits to be sent afterwards came of this packet
    std::array<std::uint64_t, drop_reasons> dropped;
    for (std::size_t i = 0; i < drop_reasons; ++i)
        dropped[i] = books_.dropped[i].get();
    const std::uint64_t table_full = books_.table_full.get();
    const std::uint64_t over_share = books_.over_share.get();
    const std::uint64_t handed_over = books_.handed_over.get();
    const std::uint64_t withheld = books_.withheld.get();
    went_to_ = 0;
    out_.forget_errand();

    handle_burst(&m, 1, from); // from here on `m` is not ours

    s.table_full = books_.table_full.get() != table_full;
    s.over_share = books_.over_share.get() != over_share;
    s.withheld = books_.withheld.get() != withheld;
    if (went_to_ != 0) s.target = went_to_;
    s.end =
        g.view.kind == packet_kind::fragment || g.view.fragmented ? outcome::waits : outcome::taken;
    if (books_.handed_over.get() != handed_over) s.end = outcome::passed;
    if (const packet_note* const note = out_.last_errand()) {
        s.end = note->what == packet_note::errand::resolve ? outcome::held : outcome::to_linux;
        s.out_port = note->port;
        if (s.end == outcome::held) s.next_hop = note->address;
    }
    for (std::size_t i = 0; i < drop_reasons; ++i) {
        if (books_.dropped[i].get() == dropped[i]) continue;
        s.end = outcome::dropped;
        s.reason = static_cast<drop_reason>(i);
    }
    std::span<const std::byte> left;
    out_.each_waiting([&](const rte_mbuf& out, std::uint16_t device, packet_origin origin) {
        if (origin == packet_origin::generated && s.end == outcome::dropped) s.answered = true;
        if (s.end == outcome::dropped && origin != packet_origin::received) return;
        if (s.pieces++ > 0) return;
        packet_view view;
        read_frame(out, view);
        s.out_port = port_of_frame(*rules_, device, view);
        s.out_length = static_cast<std::uint16_t>(out.pkt_len);
        left = bytes_of(out);
        s.end = outcome::sent;
    });
    decide_why(g, s);
    if (s.target != 0) {
        const flow_target& server = servers_.target(s.target);
        s.server = server.address;
        s.server_port = server.port_for(g.client_key.destination_port);
        s.mode = server.forward.mode;
    }
    name_service(g.rule, s);
    const watch::subject subject{.key = g.view.key,
                                 .port = g.port,
                                 .frame = std::span<const std::byte>(came).first(kept),
                                 .has_flow = true,
                                 .client_key = g.client_key,
                                 .has_server = s.target != 0,
                                 .server = s.server,
                                 .server_port = s.server_port};
    for (std::size_t i = 0; i < set.all.size(); ++i)
        if (g.wanted[i] && set.all[i]->wanted().what.match(subject, true))
            set.all[i]->put(number_, s, subject.frame, left);
}

/// Why the packet's server is its server, by what was before and after.
void worker_core::decide_why(const glance& g, watch::sighting& s) const noexcept {
    flow_ref after;
    if (s.view.kind == packet_kind::flow && s.end != outcome::passed)
        after = flows_.find(g.view.key, flows_.hash(g.view.key), now_);
    s.after = sight_of(after);
    // A SYN may have ended the flow and begun another.
    const bool began = !g.flow || (after && after.entry() != g.flow.entry());
    if (s.target == 0) return;
    if (!began) {
        s.why = choice::known;
    } else if (s.after.known) {
        const bool led = s.after.persistent && g.had_template;
        s.new_template = s.after.persistent && !g.had_template;
        s.why = led                                                 ? choice::persistent
                : g.rule != nullptr && s.target == g.rule->fallback ? choice::fallback
                                                                    : choice::scheduler;
    } else if (g.rule != nullptr && g.rule->one_packet) {
        s.why = choice::once;
    } else {
        s.why = g.rule != nullptr ? choice::slot : choice::reply;
    }
}

} // namespace weir::inline worker
