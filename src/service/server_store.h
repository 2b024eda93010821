#pragma once

// The slots of all real servers: what flows and rule sets refer to by number, at addresses that
// never move. A slot belongs to one server of one service. The control core takes and frees slots;
// a slot is freed only when its server is in no rule set a worker may hold and no flow names it, so
// workers use a slot number without asking. Parallel arrays keep apart what is read on every
// packet (targets), what changes with connections (loads) and what each worker counts for itself.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "flow/memory.h"
#include "flow/state.h"
#include "flow/target.h"
#include "service/counters.h"
#include "service/half_open_queue.h"
#include "service/table_share.h"
#include "weir/scheduler.h"

namespace weir::inline service {

/// Connection thresholds; 0 = none. Read on connection open and close.
struct server_limits {
    std::atomic<std::uint32_t> upper{0};
    std::atomic<std::uint32_t> lower{0};      ///< 0 = three quarters of upper
    std::atomic<table_share*> share{nullptr}; ///< where its entries count, too; null = nowhere
};

/// A flow's timeouts, as its service has them now.
class alignas(64) server_timeouts {
public:
    std::uint16_t operator[](flow_state state) const noexcept {
        return seconds_[static_cast<std::size_t>(state)].load(std::memory_order_relaxed);
    }
    void set(const flow_timeouts& seconds) noexcept {
        for (std::size_t i = 0; i < flow_states; ++i)
            seconds_[i].store(seconds[static_cast<flow_state>(i)], std::memory_order_relaxed);
    }

private:
    std::array<std::atomic<std::uint16_t>, flow_states> seconds_;
};

class server_store {
public:
    /// Slots 1 to `capacity` can be taken. Throws std::bad_alloc.
    server_store(target_id capacity, unsigned workers);

    /// A free slot, its load and counters zero; 0 when there is none. Slots are given in rising
    /// order where possible, so that a service's servers lie side by side.
    target_id take();
    void free(target_id id);
    /// One past the largest slot there can be.
    target_id end() const noexcept { return static_cast<target_id>(targets_.size()); }
    std::size_t free_slots() const noexcept { return free_.size() + targets_.size() - next_; }

    flow_target& target(target_id id) const noexcept { return targets_[id]; }
    const flow_target* targets() const noexcept { return targets_.data(); }
    server_load& load(target_id id) const noexcept { return loads_[id]; }
    server_limits& limits(target_id id) const noexcept { return limits_[id]; }
    server_timeouts& timeouts(target_id id) const noexcept { return timeouts_[id]; }
    /// What one worker counts, by target: packets, and connections opened.
    std::span<server_counters> counters(unsigned worker) const noexcept {
        return {counters_[worker].data(), counters_[worker].size()};
    }
    std::span<counter> connections(unsigned worker) const noexcept {
        return {connections_[worker].data(), connections_[worker].size()};
    }
    /// Sum over workers since the slot was taken. Control core.
    server_totals totals(target_id id) const noexcept;

    /// Counts a flow about to be opened, unless that would be one more than the server's upper
    /// threshold: then false, and the server is overloaded. However many workers open flows at
    /// once, there are never more. Workers.
    bool reserve(target_id id, bool active) const noexcept;

    /// The flows opened at a server with an upper threshold, the oldest first; null without one.
    half_open_queue* opened_flows(target_id id) const noexcept {
        return openings_[id].load(std::memory_order_acquire);
    }
    /// Sets a server's thresholds; 0 = none. Throws std::bad_alloc. Control core.
    void set_limits(target_id id, std::uint32_t upper, std::uint32_t lower);

    /// Counts the server's flows and templates in its service's share from now on; null: in none.
    /// Control core.
    void set_share(target_id id, std::shared_ptr<table_share> share);

    /// Notes that a flow in this state was opened (whatever the threshold), moved or closed.
    /// Workers.
    void opened(target_id id, bool active) const noexcept;
    void moved(target_id id, bool to_active) const noexcept;
    void closed(target_id id, bool active) const noexcept;

    /// Notes that a persistence template was opened or closed. Workers.
    void template_opened(target_id id) const noexcept {
        templates_[id].fetch_add(1, std::memory_order_relaxed);
        count_in_share(id, 1);
    }
    void template_closed(target_id id) const noexcept {
        templates_[id].fetch_sub(1, std::memory_order_relaxed);
        count_in_share(id, -1);
    }
    /// Templates that lead to the server (LVS's persistconns).
    std::uint32_t templates(target_id id) const noexcept {
        return templates_[id].load(std::memory_order_relaxed);
    }

    /// Is it overloaded? To be asked again when its thresholds have changed.
    void judge_load(target_id id) const noexcept;

private:
    server_totals raw_totals(target_id id) const noexcept;
    void count_in_share(target_id id, std::int64_t entries) const noexcept {
        if (table_share* const share = limits_[id].share.load(std::memory_order_acquire);
            share != nullptr) [[unlikely]]
            share->add(entries);
    }

    large_array<flow_target> targets_;
    large_array<server_load> loads_;
    large_array<server_limits> limits_;
    large_array<server_timeouts> timeouts_;
    large_array<std::atomic<std::uint32_t>> templates_;
    large_array<std::atomic<half_open_queue*>> openings_; ///< into queues_
    std::vector<std::unique_ptr<half_open_queue>> queues_;
    std::vector<std::shared_ptr<table_share>> shares_;   ///< by target
    std::vector<large_array<server_counters>> counters_; ///< by worker
    std::vector<large_array<counter>> connections_;
    std::vector<server_totals> zero_; ///< what the counters said when the slot was taken
    std::vector<target_id> free_;
    target_id next_ = 1;
};

} // namespace weir::inline service
