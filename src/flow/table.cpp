#include "flow/table.h"

#include <cassert>

namespace weir::inline flow {

namespace {

// Two references per flow (NAT) at a load of one half: 32 bytes of index for each entry of 64.
constexpr std::size_t slots_per_flow = 4;

} // namespace

flow_table::flow_table(const settings& s)
    : hasher_(s.hasher), targets_(s.targets), pool_(s.capacity, s.workers, s.grace, s.kept),
      index_(s.capacity * slots_per_flow), wheels_(s.workers, own_wheel{timer_wheel{s.now}}),
      adopter_(s.adopter) {}

flow_table::opened flow_table::insert(unsigned worker, const opening& flow, std::uint64_t hash,
                                      std::uint32_t now) noexcept {
    const flow_index index = pool_.allocate(worker);
    if (index == 0) {
        if (flow.control != 0 && flow.key.proto != flow_entry::template_proto)
            release_template(flow.control);
        return {};
    }
    flow_entry& entry = pool_[index];
    entry.client = flow.key.source;
    entry.vip = flow.key.destination;
    entry.client_port = flow.key.source_port;
    entry.vip_port = flow.key.destination_port;
    entry.proto = static_cast<std::uint8_t>(flow.key.proto);
    entry.owner = static_cast<std::uint8_t>(worker);
    entry.target = flow.target;
    entry.control.store(flow.control, std::memory_order_relaxed);
    entry.last_seen.store(now, std::memory_order_relaxed);
    entry.timeout.store(flow.timeout, std::memory_order_relaxed);
    entry.awaited.store(0, std::memory_order_relaxed);
    // A copy begins as what a peer has told; any other as what no peer knows.
    entry.heard.store(static_cast<std::uint16_t>(worker == adopter_ ? now : now - 1),
                      std::memory_order_relaxed);
    entry.state.store(flow.state, std::memory_order_release);

    // The way back first: the server can only answer packets that the way there has let through.
    std::uint64_t reverse_hash = 0;
    const bool both_ways = is_both_ways(entry);
    if (both_ways) {
        reverse_hash = hasher_(entry.reverse_key(targets_[flow.target]));
        entry.reverse_slot = index_.insert(reverse_hash, flow_ref::reverse(index));
        if (entry.reverse_slot == flow_index_table::no_slot) {
            forget(worker, entry, index);
            return {};
        }
    }
    entry.forward_slot = index_.insert(hash, flow_ref::forward(index));
    const bool full = entry.forward_slot == flow_index_table::no_slot;
    const flow_ref winner = full ? flow_ref{} : index_.find_taken(hash, [&](flow_ref candidate) {
        // It remains ours even if another worker has found and ended it already.
        return candidate == flow_ref::forward(index) || is_it(candidate, flow.key, now);
    });
    if (winner == flow_ref::forward(index)) [[likely]] {
        wheels_[worker].wheel.arm(entry, index, now, flow.timeout);
        if (worker != adopter_) note_change(index);
        return {winner, true};
    }
    if (!full) index_.remove(hash, entry.forward_slot);
    if (both_ways) index_.remove(reverse_hash, entry.reverse_slot);
    forget(worker, entry, index);
    return {winner, false};
}

bool flow_table::end(unsigned worker, flow_entry& entry, flow_state before) noexcept {
    if (!end_unmarked(worker, entry, before)) return false;
    note_change(index_of(entry));
    return true;
}

bool flow_table::end_unmarked(unsigned worker, flow_entry& entry, flow_state before) noexcept {
    if (before == flow_state::dead || !set_state(entry, before, flow_state::dead, 0)) return false;
    let_go(entry);
    // Its memory waits for the timer, its index slots do not: otherwise a client that returns again
    // and again would fill them all.
    if (entry.owner == worker) take_out_of_index(entry);
    return true;
}

void flow_table::remove(unsigned worker, flow_entry& entry, flow_index index) noexcept {
    assert(entry.owner == worker);
    if (entry.forward_slot != flow_index_table::no_slot) take_out_of_index(entry);
    forget(worker, entry, index);
}

void flow_table::take_out_of_index(flow_entry& entry) noexcept {
    index_.remove(hasher_(entry.forward_key()), entry.forward_slot);
    if (is_both_ways(entry))
        index_.remove(hasher_(entry.reverse_key(targets_[entry.target])), entry.reverse_slot);
    entry.forward_slot = flow_index_table::no_slot;
}

/// Marks the entry dead instead of clearing it: a worker that found it a moment ago must not revive
/// it.
void flow_table::forget(unsigned worker, flow_entry& entry, flow_index index) noexcept {
    if (entry.state.exchange(flow_state::dead, std::memory_order_relaxed) != flow_state::dead)
        let_go(entry);
    pool_.retire(worker, index);
}

} // namespace weir::inline flow
