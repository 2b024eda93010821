#pragma once

// A VRRP group: one or more virtual routers whose addresses move together, such as the VIPs on one
// port and the servers' gateway on another. It is active or backup as a whole: it follows a better
// peer that it hears on any router, and takes over when all have been silent, so the routers of a
// group are each other's second path.
//
// Pure: what is heard and what time it is comes in, what to do comes out; no clock, socket,
// allocation or lock, so that a simulated clock can drive it and a real-time thread run it. One
// thread. Times count from any fixed moment.
//
// RFC 9568 section 6; what goes beyond it:
//  - a peer that gives one router up gives the group up;
//  - who has not looked for an interval does not judge silence by it: it listens one interval more;
//  - nor does who may not have heard all yet: it waits for its workers;
//  - who holds, and could not advertise for three intervals, stops holding (`lapsed`), for others
//    may hold by then;
//  - who lapses again within a minute advertises twice the interval from then on, and half of that
//    after each minute without a lapse (version 3: backups follow what is advertised);
//  - who gives up serves on until its successor speaks, at most for `linger`;
//  - what links to peers say beside VRRP (link_word) keeps a backup from taking what a living peer
//    holds, and lets it take at once what a peer has given up.

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "ha/state.h"
#include "net/vrrp.h"

namespace weir::ha {

using nanoseconds = std::chrono::nanoseconds;
/// A time, counted from any fixed moment.
using moment = std::chrono::nanoseconds;

/// What a group is to do; the same for all of its routers.
struct group_settings {
    std::uint8_t priority = 200; ///< 1..255; 255: owner
    nanoseconds interval = std::chrono::seconds{1};
    bool preempt = true;
    nanoseconds preempt_delay{0}; ///< after it began to listen
    nanoseconds linger = std::chrono::seconds{2};
};

/// One of its routers, as far as an election matters.
struct router {
    vrrp_version version = vrrp_version::v3;
    ip_address source{}; ///< our own address there: decides between equals

    // Kept by the group.
    nanoseconds learned{0}; ///< the interval of who is active; 0 = none heard
    moment due{0};          ///< silence until then is a reason to take over
    moment heard{0};        ///< the last advertisement that counted; 0 = never
    moment equal{0};        ///< the last one of our own priority; 0 = never
    ip_address leader{};    ///< who sent it
};

/// What links to peers say of a group (ha/links.h), as it concerns us.
struct link_word {
    bool held = false;         ///< a peer that lives holds it
    bool outranked = false;    ///< and has a better right to it
    bool gave_up = false;      ///< who held it has just given it up
    bool next_in_line = false; ///< no peer that lives has a better right to it
    bool unfenced = false;     ///< a peer is silent and not fenced, and must be
    std::int8_t peer = -1;     ///< which
};

/// Why a group changed its state.
struct transition {
    state from = state::initialize;
    state to = state::initialize;
    event why = event::start;
    ip_address peer{};          ///< whom we heard; the null address: none
    std::uint8_t priority = 0;  ///< the peer's
    nanoseconds silence{0};     ///< how long we heard no other, or were late
    std::int8_t link_peer = -1; ///< links to this peer said it; -1: VRRP did
};

/// What follows from an event.
struct outcome {
    std::uint8_t what = nothing; ///< send, resign, announce
    bool moved = false;          ///< to another state; `transition` says why
    transition change{};
};

class group {
public:
    group(const group_settings& settings, std::vector<router> routers);

    /// As another configuration says, with the same routers in the same order.
    void configure(const group_settings& settings) noexcept { settings_ = settings; }
    /// Goes on as `before` stood, with its own settings; routers that both have keep what they
    /// know. `same[i]`: which of `before` router i is, or -1.
    void take_over(const group& before, std::span<const int> same) noexcept;

    outcome start(moment now) noexcept;
    /// An advertisement that was found good. `now`: when it came.
    outcome hear(std::size_t router, const vrrp_message& message, moment now) noexcept;
    /// Call first when time has passed: who could not advertise for its lease stops holding, before
    /// it hears what came meanwhile.
    outcome wake(moment now) noexcept;
    /// Lets time pass: call at least once an interval, when all that came has been heard.
    outcome look(moment now) noexcept;
    /// To be left for good; done when the state is `initialize`.
    outcome leave(moment now) noexcept;
    /// To be handed to a peer, who may be a worse one. Taken back when none takes it.
    outcome yield(moment now) noexcept;
    outcome set_broken(bool broken, moment now) noexcept;
    /// Before look(), in each turn, where there are links to peers.
    outcome hear_links(const link_word& word, moment now) noexcept;
    /// VRRP is silent, but a link says that a peer holds it.
    bool kept_back() const noexcept { return kept_back_; }
    /// It would take over, but for a peer that is to be fenced first.
    bool wants_fence() const noexcept { return wants_fence_; }
    /// The priority by which it elects and advertises, 1..255.
    void set_priority(std::uint8_t priority) noexcept { settings_.priority = priority; }
    /// Whether it may take the addresses from a worse peer, beside what is configured.
    void allow_preemption(bool allowed) noexcept { allowed_ = allowed; }
    /// At the start: does not take over from who is silent. Once it waits no longer it never does
    /// again, and it does not wait when the active one gives up.
    void wait(bool waits) noexcept {
        waited_ |= !waits;
        waits_ = waits && !waited_;
    }
    /// Whoever sends for us was seen at work: only then does an advertisement count as sent.
    void proved(moment at) noexcept { proved_ = at; }

    /// What came until then has been heard: the workers have polled since. Never called: all has.
    void polled(moment until) noexcept { polled_ = until; }

    state now_in() const noexcept { return state_; }
    bool holding() const noexcept { return holds(state_); }
    /// While it holds: it may until then, unless it advertises.
    moment lease() const noexcept {
        const moment last = std::min(sent_, proved_);
        const bool heard = last - stretched_ > 3 * settings_.interval; // others know by then
        return last + 3 * (heard ? advertised() : settings_.interval);
    }
    /// The interval that it tells others. Longer than the one at which it speaks while it has been
    /// late: then they wait longer for it.
    nanoseconds advertised() const noexcept { return settings_.interval * (1 << stretch_); }
    /// When look() has something to do next.
    moment next() const noexcept;
    std::uint8_t priority() const noexcept { return settings_.priority; }
    const group_settings& settings() const noexcept { return settings_; }
    std::span<const router> routers() const noexcept { return routers_; }
    moment since() const noexcept { return since_; }
    /// Of router `i`: (256 - priority) / 256 of an interval.
    nanoseconds skew(std::size_t i) const noexcept;
    nanoseconds down_interval(std::size_t i) const noexcept;

private:
    outcome apply(event by, moment now, const transition& about = {}) noexcept;
    void stretch(moment now) noexcept;
    void begin_listening(moment now) noexcept;
    void follow(std::size_t router, const vrrp_message& message, moment now) noexcept;
    bool preempts(moment now) const noexcept;
    event judge(std::size_t router, const vrrp_message& message, moment now) noexcept;
    moment silent_at() const noexcept;
    nanoseconds silence(moment now) const noexcept;
    bool must_not_take(moment now) noexcept;

    group_settings settings_;
    std::vector<router> routers_;
    state state_ = state::initialize;
    int stretch_ = 0;     ///< of the interval: times doubled
    moment stretched_{0}; ///< when it was changed last
    moment lapsed_{0};    ///< the last time; 0 = never
    bool broken_ = false;
    bool yielded_ = false; ///< to a peer: does not preempt it
    bool allowed_ = true;
    bool waits_ = false;
    bool waited_ = false;    ///< long enough
    unsigned postponed_ = 0; ///< times that silence was not judged
    moment since_{0};        ///< the state
    moment listening_{0};    ///< began to be a backup
    moment looked_{0};
    moment beat_{0}; ///< the next advertisement
    moment sent_{0}; ///< the last one
    moment proved_{0};
    moment polled_ = moment::max();
    moment gives_up_{0};  ///< leaving or yielding: until then
    moment announced_{0}; ///< by an advertisement of a worse peer
    link_word links_{};
    bool resigned_ = false;      ///< who was active: its silence is no death
    std::int8_t link_peer_ = -1; ///< it said so by a link
    bool kept_back_ = false;
    bool wants_fence_ = false;
    moment worse_{0};     ///< the last advertisement of a worse peer; 0 = never
    moment contested_{0}; ///< since when a link says that a better peer holds it too; 0 = not
};

} // namespace weir::ha
