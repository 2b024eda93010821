// Packets as those see them who watch: a worker takes one that somebody wants to see by itself, and
// derives from what was before and after what it did. The packet path knows nothing of it.

#include "worker/witness.h"

#include <algorithm>

#include "worker/worker.h"

namespace weir::inline worker {

namespace {

using watch::choice;
using watch::flow_sight;
using watch::moment;
using watch::outcome;
using watch::sighting;

template <std::size_t size>
void put_text(std::array<char, size>& into, std::string_view text) noexcept {
    const std::size_t length = std::min(text.size(), size - 1);
    std::copy_n(text.data(), length, into.data());
    into[length] = '\0';
}

std::span<const std::byte> bytes_of(const rte_mbuf& m) noexcept {
    return {rte_pktmbuf_mtod(&m, const std::byte*), m.data_len};
}

/// Parses a frame; what is wrong with it does not hide whose it is.
void read_frame(const rte_mbuf& m, packet_view& view) noexcept {
    parse(bytes_of(m), ip_checksum::unknown, view);
    if (view.kind == packet_kind::bad) view.key = watch::key_of(bytes_of(m));
    if ((m.ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) view.vlan = m.vlan_tci & 0xfff;
}

void name_service(const rule_set& rules, const flow_key& client_key, sighting& s) noexcept {
    const service_rule* const rule = rules.find(client_key.destination, client_key.destination_port,
                                                static_cast<std::uint8_t>(client_key.proto));
    if (rule == nullptr) return;
    put_text(s.service, rule->name);
    put_text(s.scheduler, rule->scheduler_name);
}

/// A record that is only about a frame and its end.
sighting plain_sighting(const director_state& state, const place_of_frame& at, const rte_mbuf& m,
                        const packet_view& view) noexcept {
    const rule_set& rules = *state.rules.read();
    sighting s;
    s.cycles = rte_rdtsc();
    s.view = view;
    s.core = static_cast<std::uint8_t>(at.core);
    s.device = at.device;
    s.port = at.port;
    s.out_port = at.out;
    s.length = static_cast<std::uint16_t>(m.pkt_len);
    name_service(rules, view.key, s);
    return s;
}

} // namespace

port_id port_of_frame(const rule_set& rules, std::uint16_t device,
                      const packet_view& view) noexcept {
    return view.vlan == 0 ? rules.untagged_port(device).port() : rules.port_of(device, view.vlan);
}

void witness_loss(const director_state& state, const place_of_frame& at, const rte_mbuf& m,
                  drop_reason reason) noexcept {
    const watch::watch_set* const set = state.watches.read();
    if (set == nullptr) return;
    packet_view view;
    read_frame(m, view);
    view.key = watch::key_of(bytes_of(m)); // of what is in a tunnel, too
    sighting s = plain_sighting(state, at, m, view);
    s.when = moment::lost;
    s.end = outcome::dropped;
    s.reason = reason;
    const std::uint32_t now = state.clock.now();
    for (const auto& w : set->all) {
        const watch::criteria& what = w->wanted().what;
        if (what.only_dropped && what.reason != drop_reason::none && what.reason != reason)
            continue;
        if (what.match({.key = view.key, .port = at.port, .frame = bytes_of(m)}, true)
            && w->admits(at.core, now))
            w->put(at.core, s, bytes_of(m), {});
    }
}

void witness_drop(const director_state& state, const watch::watch_set& set,
                  const place_of_frame& at, const rte_mbuf& m, drop_reason reason,
                  const packet_view& view) noexcept {
    sighting s = plain_sighting(state, at, m, view);
    if (view.kind == packet_kind::bad) s.view.key = watch::key_of(bytes_of(m));
    s.end = outcome::dropped;
    s.reason = reason;
    const std::uint32_t now = state.clock.now();
    for (const auto& w : set.all) {
        const watch::criteria& what = w->wanted().what;
        if (!what.only_dropped || (what.reason != drop_reason::none && what.reason != reason))
            continue;
        if (what.match({.key = s.view.key, .port = at.port, .frame = bytes_of(m)}, true)
            && w->admits(at.core, now))
            w->put(at.core, s, bytes_of(m), {});
    }
}

void witness_frames(const director_state& state, const watch::watch_set& set, unsigned core,
                    std::uint16_t device, std::span<rte_mbuf* const> frames) noexcept {
    const rule_set& rules = *state.rules.read();
    const std::uint32_t now = state.clock.now();
    for (const rte_mbuf* const m : frames) {
        packet_view view;
        read_frame(*m, view);
        const port_id out = port_of_frame(rules, device, view);
        const flow_key key = watch::key_of(bytes_of(*m));
        sighting s;
        s.cycles = rte_rdtsc();
        s.when = moment::left;
        s.core = static_cast<std::uint8_t>(core);
        s.device = device;
        s.port = s.out_port = out;
        s.view = view;
        s.length = s.out_length = static_cast<std::uint16_t>(m->pkt_len);
        for (const auto& w : set.all)
            if (w->wanted().frames
                && w->wanted().what.match({.key = key, .port = out, .frame = bytes_of(*m)}, true)
                && w->admits(core, now))
                w->put(core, s, {}, bytes_of(*m));
    }
}

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

/// Does anybody want to see this packet?
bool worker_core::look_at(const rte_mbuf& m, const watch::watch_set& set,
                          glance& g) const noexcept {
    read_frame(m, g.view);
    g.port = port_of_frame(*rules_, m.port, g.view);
    const bool error = g.view.kind == packet_kind::icmp_error;
    const bool has_key = error || (g.view.kind == packet_kind::flow);
    const flow_key key = error ? g.view.key.reversed() : g.view.key;
    if (has_key) g.flow = flows_.find(key, flows_.hash(key), now_);
    g.client_key = g.flow ? flows_[g.flow].forward_key() : key;
    g.sight = sight_of(g.flow);
    watch::subject subject{.key = g.view.key,
                           .port = g.port,
                           .frame = bytes_of(m),
                           .has_flow = static_cast<bool>(g.flow),
                           .client_key = g.client_key};
    if (g.flow) {
        const flow_target& server = servers_.target(flows_[g.flow].target);
        subject.has_server = true;
        subject.server = server.address;
        subject.server_port = server.port_for(g.client_key.destination_port);
    }
    bool any = false;
    for (std::size_t i = 0; i < set.all.size(); ++i) {
        const watch::criteria& what = set.all[i]->wanted().what;
        g.wanted[i] =
            !what.only_dropped && what.match(subject, false) && set.all[i]->admits(number_, now_);
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
        if (!look_at(*packets[i], set, g)) continue;
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
    const std::uint64_t handed_over = books_.handed_over.get();
    const std::uint64_t withheld = books_.withheld.get();
    went_to_ = 0;
    out_.forget_errand();

    handle_burst(&m, 1, from); // from here on `m` is not ours

    s.table_full = books_.table_full.get() != table_full;
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
    if (g.rule != nullptr) {
        put_text(s.service, g.rule->name);
        put_text(s.scheduler, g.rule->scheduler_name);
    }
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
