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
    if (rule.fallback != 0) servers_.opened(rule.fallback, active);
    return rule.fallback;
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
