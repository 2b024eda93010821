#include "service/server_store.h"

#include <cassert>
#include <utility>

namespace weir::inline service {

server_store::server_store(target_id capacity, unsigned workers)
    : targets_(capacity + 1, large_memory::pages::ordinary),
      loads_(capacity + 1, large_memory::pages::ordinary),
      limits_(capacity + 1, large_memory::pages::ordinary),
      timeouts_(capacity + 1, large_memory::pages::ordinary),
      templates_(capacity + 1, large_memory::pages::ordinary),
      openings_(capacity + 1, large_memory::pages::ordinary), shares_(capacity + 1),
      zero_(capacity + 1) {
    counters_.reserve(workers);
    connections_.reserve(workers);
    for (unsigned w = 0; w < workers; ++w) {
        counters_.emplace_back(capacity + 1, large_memory::pages::ordinary);
        connections_.emplace_back(capacity + 1, large_memory::pages::ordinary);
    }
}

target_id server_store::take() {
    target_id id = 0;
    if (!free_.empty()) {
        id = free_.back();
        free_.pop_back();
    } else if (next_ < targets_.size()) {
        id = next_++;
    } else {
        return 0;
    }
    flow_target& t = targets_[id];
    t.address = {};
    t.port = {};
    t.forward = {};
    t.lost = lost_flows::none;
    t.hop = 0;
    t.path_mtu = 0;
    t.conn_reuse = true;
    t.expire_nodest = false;
    server_load& l = loads_[id];
    l.active = 0;
    l.inactive = 0;
    l.weight = 1;
    l.unavailable = 0;
    set_limits(id, 0, 0);
    set_share(id, nullptr);
    timeouts_[id].set({});
    templates_[id] = 0;
    zero_[id] = raw_totals(id);
    return id;
}

void server_store::free(target_id id) {
    assert(id != 0 && id < next_);
    assert(loads_[id].active == 0 && loads_[id].inactive == 0 && templates_[id] == 0);
    free_.push_back(id);
}

server_totals server_store::raw_totals(target_id id) const noexcept {
    server_totals sum;
    for (std::size_t worker = 0; worker < counters_.size(); ++worker) {
        const server_counters& c = counters_[worker][id];
        sum += {connections_[worker][id].get(), c.in_packets.get(), c.in_bytes.get(),
                c.out_packets.get(), c.out_bytes.get()};
    }
    return sum;
}

server_totals server_store::totals(target_id id) const noexcept {
    const server_totals now = raw_totals(id);
    const server_totals& zero = zero_[id];
    return {now.connections - zero.connections, now.in_packets - zero.in_packets,
            now.in_bytes - zero.in_bytes, now.out_packets - zero.out_packets,
            now.out_bytes - zero.out_bytes};
}

void server_store::set_limits(target_id id, std::uint32_t upper, std::uint32_t lower) {
    // Once made it stays with its slot: a worker may be looking into it.
    if (upper != 0 && openings_[id].load() == nullptr) {
        queues_.push_back(std::make_unique<half_open_queue>());
        openings_[id].store(queues_.back().get(), std::memory_order_release);
    }
    limits_[id].lower = lower;
    limits_[id].upper = upper;
    judge_load(id);
}

void server_store::set_share(target_id id, std::shared_ptr<table_share> share) {
    limits_[id].share.store(share.get(), std::memory_order_release);
    shares_[id] = std::move(share);
}

bool server_store::reserve(target_id id, bool active) const noexcept {
    const std::uint32_t upper = limits_[id].upper.load(std::memory_order_relaxed);
    if (upper == 0) [[likely]] {
        opened(id, active);
        return true;
    }
    server_load& l = loads_[id];
    std::atomic<std::uint32_t>& mine = active ? l.active : l.inactive;
    std::uint32_t count = mine.load();
    do {
        if (l.active.load() + l.inactive.load() >= upper) {
            judge_load(id);
            return false;
        }
    } while (!mine.compare_exchange_weak(count, count + 1));
    // The other count may have grown meanwhile: of two that find so, none stays.
    const bool fits = l.active.load() + l.inactive.load() <= upper;
    if (fits)
        count_in_share(id, 1);
    else
        mine.fetch_sub(1);
    judge_load(id);
    return fits;
}

void server_store::opened(target_id id, bool active) const noexcept {
    (active ? loads_[id].active : loads_[id].inactive).fetch_add(1, std::memory_order_relaxed);
    count_in_share(id, 1);
    judge_load(id);
}

void server_store::moved(target_id id, bool to_active) const noexcept {
    server_load& l = loads_[id];
    (to_active ? l.active : l.inactive).fetch_add(1, std::memory_order_relaxed);
    (to_active ? l.inactive : l.active).fetch_sub(1, std::memory_order_relaxed);
}

void server_store::closed(target_id id, bool active) const noexcept {
    (active ? loads_[id].active : loads_[id].inactive).fetch_sub(1, std::memory_order_relaxed);
    count_in_share(id, -1);
    judge_load(id);
}

// LVS: overloaded from `upper` connections on until they fall below `lower`, or three quarters
// (ip_vs_dest_set/clear in net/netfilter/ipvs/ip_vs_conn.c).
void server_store::judge_load(target_id id) const noexcept {
    const server_limits& limit = limits_[id];
    const std::uint32_t upper = limit.upper.load(std::memory_order_relaxed);
    const std::uint32_t given = limit.lower.load(std::memory_order_relaxed);
    const std::uint32_t lower = given != 0 ? given : upper - upper / 4;
    server_load& l = loads_[id];
    if (upper == 0) {
        if (l.is(server_load::overloaded)) l.set(server_load::overloaded, false);
        return;
    }
    if (l.active.load() + l.inactive.load() >= upper) l.set(server_load::overloaded, true);
    // Asked again after that: whoever has closed the last connections meanwhile saw no flag.
    if (l.active.load() + l.inactive.load() < lower) l.set(server_load::overloaded, false);
}

} // namespace weir::inline service
