#pragma once

// The states of a VRRP group and what moves it between them: RFC 9568 section 6.4 as a table, with
// three states more. A group that leaves (`leaving` for good, `yielding` to a peer) has given its
// addresses up by priority 0 but serves them until its successor speaks, so that no packet is
// lost. A group that is broken (`fault`: its port has no link) neither serves nor takes over.
//
// The table knows no time and no priorities: group.cpp turns them into events. Pure: any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::ha {

enum class state : std::uint8_t {
    initialize, ///< not begun, or left for good
    backup,     ///< listens
    active,     ///< holds the addresses
    leaving,    ///< gives them up for good, and holds them until another director speaks
    yielding,   ///< the same, but stays as a backup
    fault,      ///< cannot hold them
    count_
};
inline constexpr std::size_t states = static_cast<std::size_t>(state::count_);

enum class event : std::uint8_t {
    start,
    start_owner, ///< of the addresses' owner, which does not wait
    silence,     ///< of the active one, for the down interval
    resigned,    ///< the active one has given up by priority 0
    better,      ///< an advertisement of a director that we follow
    worse,       ///< an advertisement of a director that must follow us
    beat,        ///< the next advertisement is due
    leave,       ///< weir stops
    yield,       ///< an operator asked for it
    alone,       ///< no other has spoken since we gave up, for as long as we linger
    broken,
    mended,
    lapsed, ///< we have not spoken for so long that others may have taken over
    count_
};
inline constexpr std::size_t events = static_cast<std::size_t>(event::count_);

/// What to do on the way; a set.
enum action : std::uint8_t {
    nothing = 0,
    send = 1,     ///< an advertisement, now
    resign = 2,   ///< one of priority 0
    announce = 4, ///< the addresses to the links
    listen = 8,   ///< the down interval begins
    hurry = 16,   ///< only the skew time is left of it
};

struct step {
    state next = state::initialize;
    std::uint8_t what = nothing; ///< actions
};

/// Does a group serve its addresses in this state?
constexpr bool holds(state s) noexcept {
    return s == state::active || s == state::leaving || s == state::yielding;
}

/// The step from a state by an event; most leave all as it is.
constexpr step step_of(state from, event by) noexcept {
    switch (from) {
    case state::initialize:
        if (by == event::start) return {state::backup, listen};
        if (by == event::start_owner) return {state::active, send | announce};
        break;
    case state::backup:
        switch (by) {
        case event::silence:
            return {state::active, send | announce};
        case event::resigned:
            return {state::backup, hurry};
        case event::better:
        case event::lapsed:
            return {state::backup, listen};
        case event::leave:
            return {state::initialize};
        case event::broken:
            return {state::fault};
        default:
            break; // worse: its silence is not waited for any longer
        }
        break;
    case state::active:
        switch (by) {
        case event::better: // a last one, so that the winner sees there were two and announces
            return {state::backup, send | listen};
        case event::worse: // RFC 9568 section 6.4.3; announced, since hosts may have followed it
            return {state::active, send | announce};
        case event::resigned:
        case event::beat:
            return {state::active, send};
        case event::leave:
            return {state::leaving, resign};
        case event::yield:
            return {state::yielding, resign};
        case event::broken:
            return {state::fault, resign};
        case event::lapsed:
            return {state::backup, listen};
        default:
            break;
        }
        break;
    case state::leaving:
        switch (by) {
        case event::beat:
            return {state::leaving, resign};
        case event::better:
        case event::worse:
        case event::alone:
        case event::broken:
        case event::lapsed:
            return {state::initialize};
        default:
            break;
        }
        break;
    case state::yielding:
        switch (by) {
        case event::beat:
            return {state::yielding, resign};
        case event::better:
        case event::worse:
        case event::lapsed:
            return {state::backup, listen};
        case event::alone: // no other director serves
            return {state::active, send | announce};
        case event::leave:
            return {state::leaving};
        case event::broken:
            return {state::fault};
        default:
            break;
        }
        break;
    case state::fault:
        if (by == event::mended) return {state::backup, listen};
        if (by == event::leave) return {state::initialize};
        break;
    case state::count_:
        break;
    }
    return {from};
}

/// As commands and logs show it.
constexpr std::string_view name_of(state s) noexcept {
    constexpr std::array<std::string_view, states> names{"initialize", "backup",   "active",
                                                         "leaving",    "yielding", "fault"};
    return names[static_cast<std::size_t>(s)];
}

} // namespace weir::ha
