// While a group changes hands: to whom workers pass what is the other director's (succession.h).

#include "ha/heart.h"

namespace weir::ha {

namespace {

/// A neighbour that has spoken within so many of our intervals lives, for silence takes longer to
/// be judged: a dead one is not passed anything, so that clients of connections that died with it
/// hear that at once.
constexpr int intervals_alive = 3;

} // namespace

/// The group has moved. From a director that was stopped and goes on nothing is passed: what it has
/// to pass is old.
void heart::begin_succession(group_plan& g, const transition& change) noexcept {
    const bool held = holds(change.from);
    const bool holds_now = holds(change.to);
    if (held == holds_now) return;
    end_succession(g);
    if (change.why == event::lapsed) return;
    const moment now = moment_of(now_);
    g.passes_until = now + g.machine.settings().linger;
    if (!holds_now) return; // to whom it hears of next
    const nanoseconds recent = intervals_alive * g.machine.settings().interval;
    for (const router_plan& r : g.routers)
        if (r.neighbour_at > moment{0} && now - r.neighbour_at <= recent) pass_to_neighbour(g, r);
}

/// A good advertisement has come. Another director that has been active beside us may have
/// connections that we have not heard of.
void heart::note_neighbour(group_plan& g, router_plan& r, const letter& l, moment now) noexcept {
    r.neighbour = l.from;
    r.neighbour_at = now;
    if (g.machine.holding()) g.passes_until = now + g.machine.settings().linger;
    if (now < g.passes_until) pass_to_neighbour(g, r);
}

void heart::pass_to_neighbour(const group_plan& g, const router_plan& r) noexcept {
    if (around_.passes != nullptr && r.neighbour != r.mac)
        around_.passes->set(g.id, r.port, r.neighbour, counter_of(g.passes_until));
}

void heart::end_successions(moment now) noexcept {
    for (group_plan& g : plan_->groups)
        if (g.passes_until != moment{0} && now >= g.passes_until) end_succession(g);
}

void heart::end_succession(group_plan& g) noexcept {
    g.passes_until = moment{0};
    if (around_.passes == nullptr) return;
    for (const router_plan& r : g.routers)
        around_.passes->clear(g.id, r.port);
}

} // namespace weir::ha
