#include "worker/witness.h"

#include <algorithm>

#include "net/parse.h"

namespace weir::inline worker {

namespace {

using watch::moment;
using watch::outcome;
using watch::sighting;

template <std::size_t size>
void put_text(std::array<char, size>& into, std::string_view text) noexcept {
    const std::size_t length = std::min(text.size(), size - 1);
    std::copy_n(text.data(), length, into.data());
    into[length] = '\0';
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
    name_service(rules.find(view.key.destination, view.key.destination_port,
                            static_cast<std::uint8_t>(view.key.proto)),
                 s);
    return s;
}

/// A frame as those choose it who watch: by its own addresses, and by those of its flow, which it
/// has on neither side of a NAT. A frame that leaves for a server is found by its answer's key.
watch::subject subject_of(const director_state& state, unsigned core, const flow_key& key,
                          port_id port, std::span<const std::byte> frame) noexcept {
    watch::subject s{.key = key, .port = port, .frame = frame};
    const bool control = core == state.workers; // workers are online readers, this core is not
    if (control) state.grace.go_online(state.control_reader());
    const flow_table& flows = *state.flows;
    const std::uint32_t now = state.clock.now();
    for (const flow_key& of : {key, key.reversed()})
        if (!s.has_flow) add_flow(state, flows.find(of, flows.hash(of), now), s);
    if (control) state.grace.go_offline(state.control_reader());
    return s;
}

/// Shows a drop to those of whom `asks(criteria)` holds, if they want it.
template <typename Asks>
void show_drop(const director_state& state, const watch::watch_set& set, sighting& s,
               const rte_mbuf& m, drop_reason reason, Asks&& asks) noexcept {
    s.end = outcome::dropped;
    s.reason = reason;
    const std::uint32_t now = state.clock.now();
    const watch::subject subject = subject_of(state, s.core, s.view.key, s.port, bytes_of(m));
    for (const auto& w : set.all) {
        const watch::criteria& what = w->wanted().what;
        const bool of_reason =
            !what.only_dropped || what.reason == drop_reason::none || what.reason == reason;
        if (asks(what) && of_reason && what.match(subject, true) && w->admits(s.core, now))
            w->put(s.core, s, bytes_of(m), {});
    }
}

} // namespace

void read_frame(const rte_mbuf& m, packet_view& view) noexcept {
    parse(bytes_of(m), ip_checksum::unknown, view);
    if (view.kind == packet_kind::bad) view.key = watch::key_of(bytes_of(m));
    if ((m.ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) view.vlan = m.vlan_tci & 0xfff;
}

void add_flow(const director_state& state, flow_ref flow, watch::subject& s) noexcept {
    if (!flow) return;
    const flow_entry& entry = (*state.flows)[flow];
    const flow_target& server = state.servers->target(entry.target);
    s.has_flow = s.has_server = true;
    s.client_key = entry.forward_key();
    s.server = server.address;
    s.server_port = server.port_for(s.client_key.destination_port);
}

void name_service(const service_rule* rule, watch::sighting& s) noexcept {
    if (rule == nullptr) return;
    put_text(s.service, rule->name);
    put_text(s.scheduler, rule->scheduler_name);
}

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
    show_drop(state, *set, s, m, reason, [](const watch::criteria&) { return true; });
}

void witness_drop(const director_state& state, const watch::watch_set& set,
                  const place_of_frame& at, const rte_mbuf& m, drop_reason reason,
                  const packet_view& view) noexcept {
    sighting s = plain_sighting(state, at, m, view);
    if (view.kind == packet_kind::bad) s.view.key = watch::key_of(bytes_of(m));
    show_drop(state, set, s, m, reason,
              [](const watch::criteria& what) { return what.only_dropped; });
}

void witness_frames(const director_state& state, const watch::watch_set& set, unsigned core,
                    std::uint16_t device, std::span<rte_mbuf* const> frames) noexcept {
    const rule_set& rules = *state.rules.read();
    const std::uint32_t now = state.clock.now();
    for (const rte_mbuf* const m : frames) {
        packet_view view;
        read_frame(*m, view);
        const port_id out = port_of_frame(rules, device, view);
        const watch::subject subject =
            subject_of(state, core, watch::key_of(bytes_of(*m)), out, bytes_of(*m));
        sighting s;
        s.cycles = rte_rdtsc();
        s.when = moment::left;
        s.core = static_cast<std::uint8_t>(core);
        s.device = device;
        s.port = s.out_port = out;
        s.view = view;
        s.length = s.out_length = static_cast<std::uint16_t>(m->pkt_len);
        for (const auto& w : set.all)
            if (w->wanted().frames && w->wanted().what.match(subject, true) && w->admits(core, now))
                w->put(core, s, {}, bytes_of(*m));
    }
}

} // namespace weir::inline worker
