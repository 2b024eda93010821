// Persistence templates: entries that remember the server of a client's connections. As in LVS
// (ip_vs_sched_persist in net/netfilter/ipvs/ip_vs_core.c), a template is found by the client's
// masked address and the service, renewed by every new connection, and kept while one of its
// connections lives. Its flows hold it; `control` counts them. Its own worker closes it, which
// succeeds only while no flow holds it; a later attempt to hold it fails.

#include "flow/table.h"

namespace weir::inline flow {

flow_ref flow_table::hold_template(const flow_key& key, std::uint64_t hash, std::uint16_t timeout,
                                   std::uint32_t now) noexcept {
    const flow_ref found = find(key, hash, now);
    if (!found) return {};
    flow_entry& entry = pool_[found.entry()];
    if (entry.control.fetch_add(1, std::memory_order_acquire) >= flow_entry::closed) {
        release_template(found.entry());
        return {};
    }
    entry.timeout.store(timeout, std::memory_order_relaxed);
    touch(entry, now);
    return found;
}

flow_table::opened flow_table::open_template(unsigned worker, const flow_key& key, target_id target,
                                             std::uint16_t timeout, std::uint64_t hash,
                                             std::uint32_t now) noexcept {
    const opened result = insert(worker,
                                 {.key = key,
                                  .target = target,
                                  .state = flow_state::template_none,
                                  .timeout = timeout,
                                  .control = 1},
                                 hash, now);
    if (!result.flow || result.ours) return result;
    return {hold_template(key, hash, timeout, now), false};
}

void flow_table::assure_template(const flow_entry& flow) noexcept {
    const flow_index control = flow.control.load(std::memory_order_relaxed);
    if (control == 0) return;
    flow_state before = flow_state::template_none;
    if (pool_[control].state.compare_exchange_strong(before, flow_state::template_assured,
                                                     std::memory_order_relaxed))
        note_change(control);
}

/// False: flows hold it, so it stays.
bool flow_table::close_template(flow_entry& entry, std::uint32_t now) noexcept {
    std::uint32_t no_flows = 0;
    if (entry.control.compare_exchange_strong(no_flows, flow_entry::closed,
                                              std::memory_order_acq_rel))
        return true;
    if (entry.state.load(std::memory_order_relaxed) != flow_state::dead) {
        entry.timeout.store(template_rest, std::memory_order_relaxed);
        entry.last_seen.store(now, std::memory_order_relaxed);
    }
    return false;
}

} // namespace weir::inline flow
