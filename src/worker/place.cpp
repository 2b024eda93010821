// Where a new flow goes: where its client's template says, else where the scheduler says, else to
// the fallback. Whatever the answer, its server counts the flow already.

#include <algorithm>

#include "worker/worker.h"

namespace weir::inline worker {

namespace {

/// Schedulers are asked again when their server has filled up meanwhile. They skip it then, so this
/// is rarely needed twice.
constexpr std::size_t most_attempts = 16;

} // namespace

worker_core::placement worker_core::place(const packet& p, const service_rule& rule,
                                          bool active) noexcept {
    if (rule.persistence) return place_persistent(p, rule, active);
    return {schedule(p, rule, active), 0};
}

target_id worker_core::schedule(const packet& p, const service_rule& rule, bool active) noexcept {
    const flow_key& key = p.view.key;
    const new_flow flow{key.source,
                        key.destination,
                        key.source_port.host(),
                        key.destination_port.host(),
                        static_cast<std::uint8_t>(key.proto),
                        p.hash};
    for (std::size_t i = std::min(rule.targets.size() + 1, most_attempts); i > 0; --i) {
        const target_id id = rule.pick(flow);
        if (id == 0) break;
        if (servers_.reserve(id, active)) return id;
    }
    if (const target_id id = displace(rule, flow, active); id != 0) return id;
    if (rule.fallback != 0) servers_.opened(rule.fallback, active);
    return rule.fallback;
}

/// The place of a connection that is half-open, at a server that takes no more: otherwise a
/// stranger's SYNs would keep all others out. The scheduler says whether it wants that server.
target_id worker_core::displace(const service_rule& rule, const new_flow& flow,
                                bool active) noexcept {
    const std::size_t count = rule.targets.size();
    for (std::size_t i = 0; i < std::min(count, most_attempts); ++i) {
        const target_id full = rule.targets[(flow.random + i) % count];
        server_load& load = servers_.load(full);
        if (!load.is(server_load::overloaded) || load.is_out()
            || load.weight.load(std::memory_order_relaxed) <= 0 || !end_half_open(full))
            continue;
        load.set(server_load::overloaded, false);
        const target_id id = rule.pick(flow);
        if (id != 0 && servers_.reserve(id, active)) return id;
    }
    return 0;
}

/// Ends the oldest half-open connection of a server with an upper threshold. False: there is none
/// among the next that it has opened. Nobody reuses an entry during this turn.
bool worker_core::end_half_open(target_id id) noexcept {
    half_open_queue* const openings = servers_.opened_flows(id);
    if (openings == nullptr) return false;
    flow_index index = 0;
    for (unsigned looks = 0; looks < half_open_queue::room && openings->take(index); ++looks) {
        if (index == 0) continue;
        flow_entry& entry = flows_.entry(index);
        const flow_state state = entry.state.load(std::memory_order_acquire);
        if (!is_half_open(state) || entry.target != id) continue;
        if (!flows_.end(number_, entry, state)) continue;
        flow_ended(entry, state);
        books_.displaced.add();
        return true;
    }
    return false;
}

/// What a client's first connection has decided holds for the next ones, whatever its server's
/// weight and thresholds say by now (ip_vs_sched_persist in net/netfilter/ipvs/ip_vs_core.c). The
/// fallback is for one connection only: the next may find a server.
worker_core::placement worker_core::place_persistent(const packet& p, const service_rule& rule,
                                                     bool active) noexcept {
    const flow_key key = rule.persistence.key_of(p.view.key.source);
    const std::uint64_t hash = flows_.hash(key);
    const std::uint16_t timeout = rule.persistence.timeout;
    if (const flow_ref found = flows_.hold_template(key, hash, timeout, now_)) {
        flow_entry& entry = flows_[found];
        const target_id target = entry.target;
        if (still_good(rule, target)) {
            servers_.opened(target, active);
            return {target, found.entry()};
        }
        const flow_state state = entry.state.load(std::memory_order_relaxed);
        if (flows_.end(number_, entry, state)) flow_ended(entry, state);
        flows_.release_template(found.entry());
    }
    const target_id target = schedule(p, rule, active);
    if (target == 0 || target == rule.fallback) return {target, 0};
    const flow_table::opened opened =
        flows_.open_template(number_, key, target, timeout, hash, now_);
    if (opened.ours) servers_.template_opened(target);
    if (!opened.flow || opened.ours) return {target, opened.flow.entry()};
    // Another worker was first: as it has decided.
    servers_.closed(target, active);
    const target_id decided = flows_[opened.flow].target;
    servers_.opened(decided, active);
    return {decided, opened.flow.entry()};
}

/// May new connections go there because earlier ones did?
bool worker_core::still_good(const service_rule& rule, target_id id) const noexcept {
    const server_load& load = servers_.load(id);
    if (load.is_out()) return false;
    return !rule.persistence.expire_quiescent || load.weight.load(std::memory_order_relaxed) > 0;
}

} // namespace weir::inline worker
