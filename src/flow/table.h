#pragma once

// The connection table: every flow of the director. All workers share it without locks.
//
// A flow is one entry (entry.h) in a fixed pool (pool.h). The index (index.h) finds it by the
// five-tuple of a packet: under its client's key and, if replies pass through us, also under its
// server's key. Lookups come in batches: prefetch() every bucket, probe() it some keys later, then
// confirm(). Each step finds in the cache what the step before prefetched.
//
// Threads: any worker may call find, touch, change_state, end and the template functions. insert,
// expire and recycle take the number of the calling worker and touch that worker's timers only. The
// worker that made an entry removes it. An owner need not be a worker: the thread that adopts what
// other directors know (src/sync) is `adopter`. for_each may run, piece by piece, on any thread
// that is an online reader of the grace periods. Time is the coarse clock, seconds since start.

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "flow/change_marks.h"
#include "flow/index.h"
#include "flow/pool.h"
#include "flow/wheel.h"
#include "net/hash.h"

namespace weir::inline flow {

class flow_table {
public:
    static constexpr unsigned no_adopter = ~0u;

    struct settings {
        std::uint32_t capacity = 0;    ///< flows; 1 to 2^30
        unsigned workers = 1;          ///< and other owners of entries
        unsigned adopter = no_adopter; ///< the owner that makes copies of other directors' flows
        const grace_periods* grace = nullptr;
        const flow_target* targets = nullptr; ///< by target_id; must outlive the table
        flow_hasher hasher;
        std::uint32_t now = 0;
        std::string kept{}; ///< name of a file in memory for the entries (kept_file.h); "" = none
    };

    /// Throws std::bad_alloc if there is not enough memory. Control core.
    explicit flow_table(const settings& s);

    std::uint64_t hash(const flow_key& key) const noexcept { return hasher_(key); }
    const flow_hasher& hasher() const noexcept { return hasher_; }
    void prefetch(std::uint64_t hash) const noexcept { index_.prefetch(hash); }

    /// A candidate for this hash; prefetches its entry. Empty: certainly no such flow.
    flow_ref probe(std::uint64_t hash) const noexcept {
        const flow_ref candidate = index_.probe(hash);
        __builtin_prefetch(&pool_[candidate.entry()], 1, 3);
        return candidate;
    }

    /// Is the result of probe() the live flow with this key? If not, and it is not empty either,
    /// find() may know another with the same tag.
    bool confirm(flow_ref candidate, const flow_key& key, std::uint32_t now) const noexcept {
        return candidate && is_it(candidate, key, now);
    }

    /// The live flow with this key, or empty.
    flow_ref find(const flow_key& key, std::uint64_t hash, std::uint32_t now) const noexcept {
        return index_.find(hash, [&](flow_ref candidate) { return is_it(candidate, key, now); });
    }

    flow_entry& operator[](flow_ref ref) const noexcept { return pool_[ref.entry()]; }
    flow_entry& entry(flow_index index) const noexcept { return pool_[index]; }

    /// The fields of a new flow.
    struct opening {
        flow_key key; ///< as in its client's packets
        target_id target = 0;
        flow_state state = flow_state::none;
        std::uint16_t timeout = 0; ///< seconds it may be silent in this state
        flow_index control = 0;    ///< the template that placed it, already held for it; 0 = none
    };
    struct opened {
        flow_ref flow;     ///< empty if the table is full
        bool ours = false; ///< false: another worker opened the same flow at the same time
    };

    /// Adds a flow that find() did not know. Never blocks; reports a full table. The flow takes
    /// over the hold on its template; if no flow comes of it, insert lets go of the template.
    opened insert(unsigned worker, const opening& flow, std::uint64_t hash,
                  std::uint32_t now) noexcept;

    /// Notes that a packet came, which keeps the flow alive. Stores only what changed.
    static void touch(flow_entry& entry, std::uint32_t now) noexcept {
        if (entry.last_seen.load(std::memory_order_relaxed) != now)
            entry.last_seen.store(now, std::memory_order_relaxed);
    }

    /// Moves the flow from `before` to `after`; false if another worker moved it meanwhile. The
    /// caller that gets true must update the target's counts.
    bool change_state(flow_entry& entry, flow_state before, flow_state after,
                      std::uint16_t timeout) noexcept {
        if (!set_state(entry, before, after, timeout)) return false;
        note_change(index_of(entry));
        return true;
    }
    /// The same as a peer has told, which need not hear of it.
    static bool set_state(flow_entry& entry, flow_state before, flow_state after,
                          std::uint16_t timeout) noexcept {
        if (!entry.state.compare_exchange_strong(before, after, std::memory_order_relaxed))
            return false;
        entry.timeout.store(timeout, std::memory_order_relaxed);
        return true;
    }

    /// From now on changes are marked there; null: no longer. Must outlive the workers. Control
    /// core.
    void mark_changes(change_marks* marks) noexcept {
        marks_.store(marks, std::memory_order_release);
    }
    flow_index index_of(const flow_entry& entry) const noexcept {
        return static_cast<flow_index>(&entry - &pool_[0]);
    }
    /// One past the largest index of an entry.
    flow_index end_index() const noexcept { return pool_.end(); }

    /// Ends a flow before its time: lookups no longer find it. False if it had ended already or
    /// another worker moved it meanwhile. The caller that gets true must update the target's
    /// counts.
    bool end(unsigned worker, flow_entry& entry, flow_state before) noexcept;
    /// The same as a peer has told, which need not hear of it.
    bool end_unmarked(unsigned worker, flow_entry& entry, flow_state before) noexcept;

    // Persistence templates (template.cpp). Their keys carry template_proto, which no packet has.

    /// The template with this key, held for one more flow and renewed: it may again be silent for
    /// `timeout`. Empty if there is none.
    flow_ref hold_template(const flow_key& key, std::uint64_t hash, std::uint16_t timeout,
                           std::uint32_t now) noexcept;
    /// Adds a template, held for one flow. `ours` false: another worker's came first, and that one
    /// is held.
    opened open_template(unsigned worker, const flow_key& key, target_id target,
                         std::uint16_t timeout, std::uint64_t hash, std::uint32_t now) noexcept;
    /// Releases a template that was held for a flow.
    void release_template(flow_index index) noexcept {
        pool_[index].control.fetch_sub(1, std::memory_order_release);
    }
    /// Notes that a flow was established.
    void assure_template(const flow_entry& flow) noexcept;

    /// Visits up to about `budget` of this worker's flows that are due, and removes those that are
    /// over. Calls `ended(entry, state)` for each that had not ended earlier; its last state
    /// tells how to update the target's counts. `renewed(entry)` is called for each that goes on
    /// and had a packet since the wheel last came.
    template <typename Ended, typename Renewed>
    void expire(unsigned worker, std::uint32_t now, unsigned budget, Ended&& ended,
                Renewed&& renewed) noexcept {
        timer_wheel& wheel = wheels_[worker].wheel;
        wheel.advance(pool_, now, budget, [&](flow_entry& entry, flow_index index) {
            if (!entry.expired(now)) {
                const std::uint32_t silent = now - entry.last_seen.load(std::memory_order_relaxed);
                // Peers hear that it lives: at least every 30 seconds, as packets store nothing
                // else.
                if (silent <= timer_wheel::furthest && entry.used_here()) {
                    renewed(entry);
                    note_change(index);
                }
                const std::uint32_t rest = entry.timeout.load(std::memory_order_relaxed) - silent;
                wheel.arm(entry, index, now, rest);
                return;
            }
            if (entry.is_template() && !close_template(entry, now)) [[unlikely]] {
                wheel.arm(entry, index, now, template_rest);
                return;
            }
            // A worker that moves it at this moment either comes first or finds it dead.
            const flow_state last =
                entry.state.exchange(flow_state::dead, std::memory_order_relaxed);
            if (last != flow_state::dead) {
                ended(entry, last);
                let_go(entry);
                note_change(index);
            }
            remove(worker, entry, index);
        });
    }
    template <typename Ended>
    void expire(unsigned worker, std::uint32_t now, unsigned budget, Ended&& ended) noexcept {
        expire(worker, now, budget, std::forward<Ended>(ended), [](flow_entry&) {});
    }

    /// Seconds that the timers of this worker's flows are late.
    std::uint32_t timers_behind(unsigned worker, std::uint32_t now) const noexcept {
        return wheels_[worker].wheel.behind(now);
    }

    void recycle(unsigned worker) noexcept { pool_.recycle(worker); }

    /// Calls `visit(entry)` for the live flows among entries [from, from + count) and returns where
    /// to continue, or 0 at the end. The caller must be an online reader of `grace` during the
    /// call.
    template <typename Visit>
    flow_index for_each(flow_index from, std::uint32_t count, std::uint32_t now,
                        Visit&& visit) const {
        flow_index index = from == 0 ? 1 : from;
        for (; count > 0 && index < pool_.end(); --count, ++index) {
            const flow_entry& entry = pool_[index];
            const flow_state state = entry.state.load(std::memory_order_acquire);
            if (state != flow_state::none && state != flow_state::dead && !entry.expired(now))
                visit(entry);
        }
        return index < pool_.end() ? index : 0;
    }

    /// The file in which the entries lie, if they were to.
    const kept_file& file() const noexcept { return pool_.file(); }
    std::uint32_t capacity() const noexcept { return pool_.capacity(); }
    /// The most that size() can be: a little above the capacity.
    std::uint32_t entries() const noexcept { return pool_.entries(); }
    std::uint32_t size() const noexcept { return pool_.in_use(); }
    std::size_t bytes() const noexcept { return pool_.bytes() + index_.bytes(); }
    std::size_t page_size() const noexcept {
        return pool_.page_size() < index_.page_size() ? pool_.page_size() : index_.page_size();
    }

private:
    struct alignas(64) own_wheel {
        timer_wheel wheel;
    };

    /// LVS: a template whose time is over while it holds flows stays this many seconds longer
    /// (ip_vs_conn_expire in net/netfilter/ipvs/ip_vs_conn.c).
    static constexpr std::uint16_t template_rest = 60;

    bool is_it(flow_ref ref, const flow_key& key, std::uint32_t now) const noexcept {
        const flow_entry& e = pool_[ref.entry()];
        if (e.proto != key.proto || (e.expired(now) && !e.held())
            || e.state.load(std::memory_order_relaxed) == flow_state::dead)
            return false;
        if (!ref.is_reverse()) [[likely]]
            return e.is_from(key);
        const flow_target& server = targets_[e.target];
        return e.client == key.destination && e.client_port == key.destination_port
               && server.address == key.source && server.port_for(e.vip_port) == key.source_port;
    }
    /// Is it found by its server's packets, too? Its target keeps its mode for as long.
    bool is_both_ways(const flow_entry& entry) const noexcept {
        return !entry.is_template() && replies_return(targets_[entry.target].forward.mode);
    }
    bool close_template(flow_entry& entry, std::uint32_t now) noexcept;
    /// Settles an ended flow with its template.
    void let_go(const flow_entry& entry) noexcept {
        if (entry.is_template()) return;
        const flow_index control = entry.control.load(std::memory_order_relaxed);
        if (control != 0) [[unlikely]]
            release_template(control);
    }
    void note_change(flow_index index) const noexcept {
        if (change_marks* const marks = marks_.load(std::memory_order_acquire); marks != nullptr)
            marks->set(index);
    }
    void remove(unsigned worker, flow_entry& entry, flow_index index) noexcept;
    void forget(unsigned worker, flow_entry& entry, flow_index index) noexcept;
    void take_out_of_index(flow_entry& entry) noexcept;

    flow_hasher hasher_;
    const flow_target* targets_;
    flow_pool pool_;
    flow_index_table index_;
    std::vector<own_wheel> wheels_;
    const unsigned adopter_;
    std::atomic<change_marks*> marks_{nullptr}; ///< null: no peer wants to know
};

} // namespace weir::inline flow
