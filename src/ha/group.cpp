#include "ha/group.h"

#include <algorithm>
#include <utility>

namespace weir::ha {

namespace {

using namespace std::chrono_literals;

/// Announcements that worse peers call for: no more often.
constexpr nanoseconds announce_pause = 1s;
/// Silence that was not judged because we were late ourselves: at most so often in a row.
constexpr unsigned most_postponed = 3;
/// What comes in the last moment before silence is judged need not be waited for.
constexpr nanoseconds last_moment = 4ms;
/// A successor speaks within the skew time; who may have lost a packet or two is given longer.
constexpr unsigned intervals_to_answer = 4;
constexpr nanoseconds least_to_answer = 200ms;

constexpr nanoseconds centisecond = 10ms;

} // namespace

group::group(const group_settings& settings, std::vector<router> routers)
    : settings_(settings), routers_(std::move(routers)) {}

void group::take_over(const group& before, std::span<const int> same) noexcept {
    const group_settings settings = settings_;
    for (std::size_t i = 0; i < routers_.size(); ++i) {
        if (same[i] >= 0) {
            const router& old = before.routers_[static_cast<std::size_t>(same[i])];
            routers_[i].learned = old.learned;
            routers_[i].due = old.due;
            routers_[i].heard = old.heard;
            routers_[i].equal = old.equal;
            routers_[i].leader = old.leader;
        } else {
            routers_[i].due = before.looked_ + down_interval(i);
        }
    }
    state_ = before.state_;
    broken_ = before.broken_;
    yielded_ = before.yielded_;
    allowed_ = before.allowed_;
    waits_ = before.waits_;
    waited_ = before.waited_;
    postponed_ = before.postponed_;
    since_ = before.since_;
    listening_ = before.listening_;
    looked_ = before.looked_;
    // A shorter interval begins at once; the lease was given by the longer one.
    beat_ = std::min(before.beat_, before.sent_ + settings.interval);
    sent_ = before.sent_;
    proved_ = before.proved_;
    gives_up_ = before.gives_up_;
    announced_ = before.announced_;
    links_ = before.links_;
    resigned_ = before.resigned_;
    link_peer_ = before.link_peer_;
    worse_ = before.worse_;
    contested_ = before.contested_;
    stretch_ = before.stretch_;
    stretched_ = before.stretched_;
    lapsed_ = before.lapsed_;
}

nanoseconds group::skew(std::size_t i) const noexcept {
    const router& r = routers_[i];
    // RFC 3768 section 6.1: of a second, whatever the interval.
    const nanoseconds whole = r.version == vrrp_version::v2 ? nanoseconds{1s}
                              : r.learned > 0ns             ? r.learned
                                                            : settings_.interval;
    return whole * (256 - settings_.priority) / 256;
}

nanoseconds group::down_interval(std::size_t i) const noexcept {
    const router& r = routers_[i];
    const nanoseconds interval = r.learned > 0ns ? r.learned : settings_.interval;
    return 3 * interval + skew(i);
}

void group::begin_listening(moment now) noexcept {
    listening_ = now;
    postponed_ = 0;
    resigned_ = false;
    link_peer_ = -1;
    for (std::size_t i = 0; i < routers_.size(); ++i)
        routers_[i].due = now + down_interval(i);
}

moment group::silent_at() const noexcept {
    moment last{0};
    for (const router& r : routers_)
        last = std::max(last, r.due);
    return last;
}

nanoseconds group::silence(moment now) const noexcept {
    moment last = listening_;
    for (const router& r : routers_)
        last = std::max(last, r.heard);
    return now - last;
}

moment group::next() const noexcept {
    switch (state_) {
    case state::backup:
        return silent_at();
    case state::active:
        return beat_;
    case state::leaving:
    case state::yielding:
        return std::min(beat_, gives_up_);
    default:
        return moment::max();
    }
}

outcome group::apply(event by, moment now, const transition& about) noexcept {
    const auto [next, what] = step_of(state_, by);
    outcome result{what, next != state_, about};
    result.change.from = state_;
    result.change.to = next;
    result.change.why = by;
    if (result.moved) {
        state_ = next;
        since_ = now;
        if (next == state::active) {
            yielded_ = false;
            for (router& r : routers_)
                r.learned = 0ns; // our own holds now
        }
        if (next == state::leaving || next == state::yielding)
            gives_up_ =
                now
                + std::min(settings_.linger, std::max(intervals_to_answer * settings_.interval,
                                                      nanoseconds{least_to_answer}));
    }
    if ((what & listen) != 0 && (result.moved || by == event::lapsed)) begin_listening(now);
    if ((what & hurry) != 0)
        for (std::size_t i = 0; i < routers_.size(); ++i)
            routers_[i].due = now + skew(i);
    if ((what & (send | resign)) != 0) {
        // Late beats do not make up for each other.
        const bool punctual = by == event::beat && now - beat_ < settings_.interval;
        beat_ = (punctual ? beat_ : now) + settings_.interval;
        sent_ = now;
        if (result.moved && next == state::active) proved_ = std::max(proved_, now);
    }
    if (by == event::worse && (what & announce) != 0) {
        if (announced_ != 0ns && now - announced_ < announce_pause)
            result.what = static_cast<std::uint8_t>(what & ~announce);
        else
            announced_ = now;
    }
    return result;
}

outcome group::start(moment now) noexcept {
    looked_ = now;
    if (broken_) {
        state_ = state::fault;
        since_ = now;
        return {nothing, true, {state::initialize, state::fault, event::broken, {}, 0, {}}};
    }
    const bool at_once = settings_.priority == vrrp_owner && !waits_;
    return apply(at_once ? event::start_owner : event::start, now);
}

bool group::preempts(moment now) const noexcept {
    if (settings_.priority == vrrp_owner) return true; // RFC 9568 section 6.1
    return settings_.preempt && allowed_ && !yielded_
           && now - listening_ >= settings_.preempt_delay;
}

/// What an advertisement with a priority means to us.
event group::judge(std::size_t i, const vrrp_message& message, moment now) noexcept {
    const std::uint8_t own = settings_.priority;
    if (state_ == state::backup)
        return message.priority >= own || !preempts(now) ? event::better : event::worse;
    if (message.priority != own) return message.priority > own ? event::better : event::worse;
    // Between equals the greater address decides, at the first of the routers that hears the other:
    // at another of them it might be the other way round.
    for (std::size_t j = 0; j < i; ++j)
        if (routers_[j].equal != 0ns && now - routers_[j].equal < down_interval(j))
            return event::worse;
    routers_[i].equal = now;
    return message.source > routers_[i].source ? event::better : event::worse;
}

void group::follow(std::size_t i, const vrrp_message& message, moment now) noexcept {
    router& r = routers_[i];
    if (r.version == vrrp_version::v3) r.learned = message.interval * centisecond;
    r.leader = message.source;
    r.heard = now;
    r.due = std::max(now, listening_) + down_interval(i);
    postponed_ = 0;
    resigned_ = false;
    link_peer_ = -1;
}

outcome group::hear(std::size_t i, const vrrp_message& message, moment now) noexcept {
    router& r = routers_[i];
    const transition about{state_, state_, event::better, message.source, message.priority, {}};
    if (message.priority == vrrp_resigns) {
        // Only who is active can give up.
        if (state_ == state::backup && !r.leader.is_none() && r.leader != message.source) return {};
        wait(false);
        resigned_ = true;
        return apply(event::resigned, now, about);
    }
    const event by = judge(i, message, now);
    const bool gave_up = state_ == state::leaving || state_ == state::yielding;
    const bool handed_over = state_ == state::yielding;
    const outcome result = apply(by, now, about);
    if (handed_over && result.moved) yielded_ = true;
    if (state_ == state::backup && (by == event::better || gave_up)) follow(i, message, now);
    if (state_ == state::backup && by == event::worse) {
        r.leader = message.source;
        worse_ = now;
    }
    return result;
}

outcome group::look(moment now) noexcept {
    const nanoseconds gap = now - std::exchange(looked_, now);
    kept_back_ = wants_fence_ = false;
    switch (state_) {
    case state::backup:
        if (waits_ || now < silent_at()) return {};
        // What came while we did not look may have been lost.
        if (gap > settings_.interval && postponed_ < most_postponed) {
            ++postponed_;
            for (router& r : routers_)
                r.due = std::max(r.due, now + settings_.interval);
            return {};
        }
        if (polled_ < silent_at() - last_moment) return {};
        if (must_not_take(now)) return {};
        return apply(event::silence, now, {.silence = silence(now), .link_peer = link_peer_});
    case state::active:
    case state::leaving:
    case state::yielding:
        if (state_ != state::active && now >= gives_up_) return apply(event::alone, now);
        if (now >= beat_) return apply(event::beat, now);
        return {};
    default:
        return {};
    }
}

/// VRRP is silent: is that a death? A worse peer that we hear is replaced, not mourned.
bool group::must_not_take(moment now) noexcept {
    if (resigned_) return false;
    for (std::size_t i = 0; i < routers_.size(); ++i)
        if (worse_ != 0ns && now - worse_ < down_interval(i)) return false;
    kept_back_ = links_.held && (links_.outranked || !preempts(now));
    wants_fence_ = !kept_back_ && links_.unfenced;
    return kept_back_ || wants_fence_;
}

outcome group::hear_links(const link_word& word, moment now) noexcept {
    links_ = word;
    if (state_ == state::backup && word.gave_up && !word.held) {
        wait(false);
        resigned_ = true;
        link_peer_ = word.peer;
        const outcome result = apply(event::resigned, now);
        if (word.next_in_line)
            for (router& r : routers_)
                r.due = now;
        return result;
    }
    // Two that hold it and do not hear each other by VRRP: the better one goes on.
    if (state_ != state::active || !word.outranked) {
        contested_ = 0ns;
        return {};
    }
    if (contested_ == 0ns) contested_ = now;
    if (now - contested_ < settings_.interval) return {};
    return apply(event::better, now, {.link_peer = word.peer});
}

outcome group::leave(moment now) noexcept {
    return apply(event::leave, now);
}

outcome group::yield(moment now) noexcept {
    return apply(event::yield, now);
}

outcome group::set_broken(bool broken, moment now) noexcept {
    if (std::exchange(broken_, broken) == broken) return {};
    return apply(broken ? event::broken : event::mended, now);
}

} // namespace weir::ha
