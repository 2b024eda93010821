// What tracked things do to VRRP groups: the sum of their effects goes to the heart as orders, each
// change stands in the log. And what a group waits for at its start.

#include <algorithm>

#include "director/failover.h"
#include "log/log.h"
#include "net/counted.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;

/// Who hears of no peer by then is alone.
constexpr auto peers_connect = 500ms;
/// A peer that hosts do not answer any more says so within this time after its interval.
constexpr auto peer_notices = 300ms;

} // namespace

/// Equal lines of several sections of a group count once.
void failover::find_tracks(known_group& g) {
    std::vector<tracked_thing> next;
    for (const config::vrrp& v : g.sections)
        for (const std::size_t number : tracker_.of(v)) {
            const config::track& t = tracker_[number];
            if (std::ranges::any_of(next,
                                    [&](const tracked_thing& n) { return n.number == number; }))
                continue;
            tracked_thing& thing = next.emplace_back();
            const std::string name = tracker::name_of(t);
            if (const auto before = std::ranges::find(g.tracks, name, &tracked_thing::name);
                before != g.tracks.end() && before->priority == t.priority)
                thing = *before;
            thing.number = number;
            thing.name = name;
            thing.priority = t.priority;
        }
    g.tracks = std::move(next);
}

void failover::follow_links(const config::configuration& now) {
    std::vector<peer_links::group> groups;
    for (const known_group& g : groups_)
        groups.push_back({g.name, g.id, g.counts});
    links_.commit(now, std::move(groups));
}

/// Hosts that no peer sees more of are no reason to hand over: the network is ill, not this
/// director. A peer that asks at other moments notices later: it is given an interval for that.
bool failover::is_excused(const known_group& g, tracked_thing& t, bool good) {
    const auto there = good ? std::nullopt : links_.hosts_seen(t.name);
    const unsigned here = tracker_.hosts(t.number);
    if (here != std::exchange(t.hosts, here)) t.counted = loop_.now();
    const bool excused = there && *there <= here;
    if (excused && !t.excused)
        log::event(log::level::info,
                   "vrrp {}: {}: {} here and {} at the peer: no reason to hand over", g.name,
                   t.name, counted(here, "host answers", "hosts answer"), *there);
    t.excused = excused;
    return excused
           || (there && loop_.now() - t.counted < tracker_[t.number].check.interval + peer_notices);
}

void failover::follow_tracks() {
    std::vector<std::pair<std::string, unsigned>> pings;
    for (const known_group& g : groups_)
        for (const tracked_thing& t : g.tracks)
            if (tracker_[t.number].what == config::tracked::ping)
                pings.emplace_back(t.name, tracker_.hosts(t.number));
    links_.set_pings(pings);
    links_.look();
    for (known_group& g : groups_) {
        std::vector<ha::tracked> all;
        for (tracked_thing& t : g.tracks) {
            const auto [good, proven] = tracker_.look(t.number);
            if (good != t.good || (proven && !t.proven && !good)) log_track(g, t, good);
            t.good = good;
            t.proven = proven;
            const bool excused = is_excused(g, t, good); // it also notes what works again
            all.push_back({t.priority, good || excused});
        }
        const ha::track_sum sum = ha::sum_of(all);
        g.orders->adjustment.store(sum.adjustment, std::memory_order_relaxed);
        g.orders->fault.store(sum.fault, std::memory_order_relaxed);
        follow_start(g);
    }
}

void failover::log_track(const known_group& g, tracked_thing& t, bool good) {
    t.since = std::chrono::system_clock::now();
    t.why = tracker_.why(t.number);
    const std::string effect =
        t.priority == 0 ? good ? "" : ": it cannot hold the addresses"
                        : fmt::format(": priority {:+}", (t.priority > 0) == good ? t.priority : 0);
    log::event(good ? log::level::info : log::level::warning, "vrrp {}: {} is {}: {}{}", g.name,
               t.name, good ? "up" : "down", t.why, effect);
    events_.tell({"track",
                  g.name + " " + t.name,
                  good ? "up" : "down",
                  t.why,
                  {{"vrrp", g.name}, {"tracked", t.name}}});
}

/// Who has just begun knows little: it leaves the addresses to whoever has them until its checks
/// have answered and it is in step with its peers, and takes them from none that is silent while
/// a peer is connected. All that for a limited time.
void failover::follow_start(known_group& g) {
    if (g.ready) return;
    const auto age = loop_.now() - g.begun;
    const std::string missing = what_is_missing(g);
    const bool late = age >= g.sections.front().start_hold;
    g.ready = missing.empty() || late;
    if (g.ready && !missing.empty())
        log::warning("vrrp {}: after {} ms {}: it goes on without", g.name,
                     g.sections.front().start_hold.count(), missing);
    else if (g.ready && g.waited)
        log::info("vrrp {}: ready after {} ms", g.name,
                  std::chrono::duration_cast<std::chrono::milliseconds>(age).count());
    g.waited = !g.ready;
    g.missing = g.ready ? "" : missing;
    const bool alone = !peers_connected_ || !peers_connected_();
    g.orders->may_preempt.store(g.ready, std::memory_order_relaxed);
    g.orders->waits.store(!g.ready && (!alone || age < peers_connect), std::memory_order_relaxed);
}

std::string failover::what_is_missing(const known_group& g) const {
    for (const tracked_thing& t : g.tracks)
        if (!t.proven) return fmt::format("{} has not answered yet", t.name);
    for (const auto& service : plane_.services().services())
        for (const plane::known_server& server : service->servers)
            if (server.fit == health::fitness::unproven && server.base_weight > 0)
                return fmt::format("service {} has servers whose checks have not answered yet",
                                   service->wanted.name);
    if (!state_.step.is_in()) return "it is not in step with its peers";
    return "";
}

} // namespace weir::director
