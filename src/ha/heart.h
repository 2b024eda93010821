#pragma once

// The heart: it runs the elections. In every turn it takes the packets that workers received, lets
// its groups hear them and the time, hands out advertisements and announcements, and renews the
// lease by which workers hold addresses. It touches nothing that could make it wait: letterboxes
// and plain memory only, no allocation, no lock, no log. The thread around it is heart_thread.h.
//
// Control core: publish(), ask(), next_notice(), lateness(). Everything else: the heart's thread.
// A plan that was replaced is freed by the control core, in publish() and the destructor.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ha/agreement.h"
#include "ha/exchange.h"
#include "ha/letterbox.h"
#include "ha/plan.h"
#include "ha/succession.h"

namespace weir::ha {

/// What the control core asks for.
struct request {
    enum class what : std::uint8_t {
        leave, ///< all groups, for good
        yield, ///< one group, to a peer
    };
    what wish = what::leave;
    group_id group = 0;
};

/// What the heart has to say: a group has changed its state.
struct notice {
    group_id group = 0;
    transition change{};
};

/// Of the heart's turns: how late they were. Bucket i: below 2^i microseconds; the last: any more.
inline constexpr std::size_t lateness_buckets = 20;

class heart {
public:
    /// How often it looks at letterboxes.
    static constexpr nanoseconds tick = std::chrono::milliseconds{1};

    struct surroundings {
        lease* held = nullptr;
        succession* passes = nullptr;             ///< null: packets are not passed on
        std::span<letterbox* const> boxes;        ///< by worker
        std::span<const std::atomic<bool>> links; ///< by device
        std::uint64_t ticks_per_second = 1;       ///< of the time stamp counter
        std::uint64_t begin = 0;                  ///< a time of that counter
        /// With peers: only who is in step takes addresses from a worse one. Null: always is.
        agreement* step = nullptr;
        /// By worker: grows in each of its turns. Null: not watched.
        std::uint64_t (*progress)(const void* of, unsigned worker) noexcept = nullptr;
        const void* progress_of = nullptr;
    };
    explicit heart(const surroundings& around);
    ~heart();
    heart(const heart&) = delete;
    heart& operator=(const heart&) = delete;

    // Control core.
    /// Replaces the plan from the next turn on.
    void publish(std::unique_ptr<plan> next);
    bool ask(const request& wish) noexcept { return requests_.put(wish); }
    /// No group holds while a worker has not polled for this long; 0: whatever it does.
    void set_deadline(nanoseconds of_workers) noexcept {
        deadline_.store(of_workers.count(), std::memory_order_relaxed);
    }
    /// The worker that has missed the deadline; -1: none.
    int stalled() const noexcept { return stalled_.load(std::memory_order_relaxed); }
    /// Also frees a plan that was replaced: the heart takes no other before that.
    bool next_notice(notice& n) noexcept;
    std::array<std::uint64_t, lateness_buckets> lateness() const noexcept;
    std::uint64_t lost_notices() const noexcept { return lost_notices_.get(); }

    // The heart's thread.
    /// One turn at `now`, time stamp counter. True: there are notices to be read.
    bool turn(std::uint64_t now) noexcept;
    /// When the next turn is due, time stamp counter.
    std::uint64_t next_turn() const noexcept { return next_turn_; }

private:
    moment moment_of(std::uint64_t counter) const noexcept;
    std::uint64_t counter_of(moment m) const noexcept;
    void take_plan(moment now) noexcept;
    void take_requests(moment now) noexcept;
    void take_letters() noexcept;
    void take_letter(const letter& l) noexcept;
    bool is_for(router_plan& r, const vrrp_message& m) noexcept;
    void look_at_workers(moment now) noexcept;
    void look_at_links(moment now) noexcept;
    void look_at_progress(moment now) noexcept;
    void hear_links(moment now) noexcept;
    link_word word_of(group_plan& g, std::span<const int> proofs) noexcept;
    void note_links(group_plan& g, std::span<const int> proofs) noexcept;
    moment moment_heard(std::uint64_t counter) const noexcept;
    void follow_orders() noexcept;
    void act(group_plan& g, const outcome& o) noexcept;

    // Who is passed packets while a group changes hands (heart_successions.cpp).
    void begin_succession(group_plan& g, const transition& change) noexcept;
    void note_neighbour(group_plan& g, router_plan& r, const letter& l, moment now) noexcept;
    void pass_to_neighbour(const group_plan& g, const router_plan& r) noexcept;
    void end_successions(moment now) noexcept;
    void end_succession(group_plan& g) noexcept;

    void advertise(group_plan& g, std::uint8_t priority) noexcept;
    bool send(const group_plan& g, router_plan& r, const ip_address& to,
              std::uint8_t priority) noexcept;
    void announce_some(moment now) noexcept;
    bool announce_round(group_plan& g, unsigned& room) noexcept;
    void write_lease() noexcept;
    void note_lateness(std::uint64_t now) noexcept;
    unsigned worker_of(std::uint8_t port) const noexcept {
        return port % static_cast<unsigned>(around_.boxes.size());
    }

    surroundings around_;
    double nanoseconds_per_tick_;
    plan* plan_ = nullptr;             ///< in use
    std::atomic<plan*> next_{nullptr}; ///< published, not taken yet
    std::atomic<plan*> used_{nullptr}; ///< replaced, to be freed by the control core
    std::vector<moment> seen_;         ///< by worker: when it had taken all its letters
    struct progress {
        std::uint64_t count = 0;
        moment at{0};     ///< since when it is that, in time that the heart ran
        moment seen{0};   ///< when it was seen to grow
        moment before{0}; ///< the time before that: all that came until then has been polled
    };
    std::vector<progress> progress_; ///< by worker
    moment looked_{0};               ///< at progress
    std::atomic<std::int64_t> deadline_{0};
    std::atomic<int> stalled_{-1};
    exchange<request, 64> requests_;
    exchange<notice, 512> notices_;
    tally lost_notices_;
    bool noticed_ = false; ///< in this turn
    bool leaves_ = false;  ///< for good: groups of later plans do not begin
    std::uint64_t now_ = 0;
    std::uint64_t next_turn_ = 0;
    std::array<tally, lateness_buckets> late_;
};

} // namespace weir::ha
