// What failover says: to the log of transitions and of peers that do something wrong, to commands
// of all there is.

#include <algorithm>
#include <utility>

#include "director/failover.h"
#include "log/log.h"
#include "net/counted.h"

namespace weir::director {

namespace {

using to = config::vrrp_notify::to;

/// Which of `notify-active` and its like a transition to this state runs.
to notified_as(ha::state s) {
    switch (s) {
    case ha::state::active:
        return to::active;
    case ha::state::backup:
        return to::backup;
    case ha::state::fault:
        return to::fault;
    case ha::state::initialize:
        return to::stop;
    default: // who leaves or yields still serves
        return to::any;
    }
}

/// keepalived's word.
const char* keepalived_state(ha::state s) {
    switch (notified_as(s)) {
    case to::active:
        return "MASTER";
    case to::fault:
        return "FAULT";
    case to::stop:
        return "STOP";
    default:
        return "BACKUP";
    }
}

happening transition_of(const config::vrrp& v, const std::string& group,
                        const ha::transition& change, const std::string& why) {
    std::string addresses;
    for (const auto* list : {&v.addresses, &v.unadvertised})
        for (const ip_address& a : *list)
            addresses += (addresses.empty() ? "" : " ") + to_string(a);
    return {"vrrp",
            v.name,
            std::string(ha::name_of(change.to)),
            why,
            {{"before", std::string(ha::name_of(change.from))},
             {"group", group},
             {"port", v.port},
             {"addresses", addresses},
             {"priority", std::to_string(v.priority)},
             {"keepalived-state", keepalived_state(change.to)}}};
}

} // namespace

void failover::read_notices() {
    thread_->quiet();
    ha::notice n;
    while (heart_->next_notice(n)) {
        const auto g = std::find_if(groups_.begin(), groups_.end(),
                                    [&](const known_group& each) { return each.id == n.group; });
        if (g == groups_.end()) continue;
        tell(*g, n.change, reason(*g, n.change));
    }
    if (std::exchange(other_held_, false)) join_groups();
    finish_leaving();
}

/// To the log, and to the commands of its sections and of all events.
void failover::tell(known_group& g, const ha::transition& change, std::string why) {
    if (change.why == ha::event::better) links_.forget_fences();
    g.since = std::chrono::system_clock::now();
    g.why = std::move(why);
    g.told = change.to;
    other_held_ |= ha::holds(change.from) != ha::holds(change.to);
    const bool good = change.to == ha::state::active || change.to == ha::state::backup
                      || change.why == ha::event::leave || change.from == ha::state::leaving;
    log::event(good ? log::level::info : log::level::warning, "vrrp {}: {} -> {}: {}", g.name,
               ha::name_of(change.from), ha::name_of(change.to), g.why);
    for (const config::vrrp& v : g.sections) {
        const happening h = transition_of(v, g.name, change, g.why);
        for (const config::vrrp_notify& n : v.notify)
            if (n.state == config::vrrp_notify::to::any || n.state == notified_as(change.to))
                events_.run(h.event + " " + h.name, n.run, h);
        if (ha::holds(change.from) != ha::holds(change.to)) {
            happening vip = h;
            vip.event = "vip";
            vip.state = ha::holds(change.to) ? "held" : "released";
            events_.tell(vip);
        }
    }
}

std::string failover::reason(const known_group& g, const ha::transition& change) const {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(change.silence).count();
    if (change.link_peer >= 0)
        return change.why == ha::event::silence
                   ? fmt::format("{} has given up, as a link says",
                                 links_.peer_name(change.link_peer))
                   : fmt::format("{} holds it too and has the better right, as a link says",
                                 links_.peer_name(change.link_peer));
    switch (change.why) {
    case ha::event::start:
        return "it begins to listen";
    case ha::event::start_owner:
        return "it begins, and owns the addresses";
    case ha::event::silence:
        return fmt::format("no advertisement for {} ms", milliseconds);
    case ha::event::better:
    case ha::event::worse:
    case ha::event::resigned:
        return fmt::format("{} is active with priority {}", to_string(change.peer),
                           change.priority);
    case ha::event::leave:
        return "weir stops";
    case ha::event::yield:
        return "an operator handed it over";
    case ha::event::alone:
        return "no peer has taken over";
    case ha::event::broken:
        return why_broken(g);
    case ha::event::mended:
        return "what it needs works again";
    case ha::event::lapsed:
        return fmt::format("it could not advertise for {} ms", milliseconds);
    case ha::event::beat:
    case ha::event::count_:
        break;
    }
    return "?";
}

std::string failover::why_broken(const known_group& g) const {
    for (const config::vrrp& v : g.sections)
        if (source_of(v).is_none())
            return fmt::format("port {} has no address to send from", v.port);
    for (const config::vrrp& v : g.sections) {
        const auto port = std::find(port_names_.begin(), port_names_.end(), v.port);
        const port_rule& rule =
            plane_.ports()[static_cast<std::size_t>(port - port_names_.begin())];
        if (!state_.link_up[rule.device]) return fmt::format("port {} has no link", v.port);
    }
    for (const tracked_thing& t : g.tracks)
        if (!t.good && t.priority == 0) return fmt::format("{} is down: {}", t.name, t.why);
    if (const int worker = heart_->stalled(); worker >= 0)
        return fmt::format("worker {} does not poll", worker);
    return "something it needs failed for a moment";
}

void failover::tick() {
    if (sources() != sources_) publish(); // Linux has given a twin another address
    if (heart_) read_notices();           // should a wake-up have been lost
    const bool lost = heart_ && heart_->lost_notices() != lost_;
    if (lost) lost_ = heart_->lost_notices();
    for (known_group& g : groups_) {
        if (const ha::state now = g.counts->now.load(); lost && now != g.told)
            tell(g, {.from = g.told, .to = now}, "it changed faster than the log keeps up");
        tell_of_faults(g);
        // A peer that is asked for is known when an advertisement has to go there.
        for (const config::vrrp& v : g.sections)
            for (const ip_address& peer : v.unicast)
                if (const route& r = state_.routes.read()->find(peer);
                    r.reachable && r.gateway == 0)
                    keeper_.pin(r.port, peer);
    }
    if (std::exchange(other_held_, false)) join_groups();
}

/// What a peer does wrong stands in the log, once a second at most.
void failover::tell_of_faults(const known_group& g) {
    const auto tell = [this](const config::vrrp& v, const std::string& what, std::uint64_t count) {
        std::uint64_t& reported = reported_[v.name + what];
        if (count == reported) return;
        log::warning("vrrp {}: {} {}", v.name, counted(count - reported, "advertisement"), what);
        reported = count;
    };
    for (std::size_t i = 0; i < g.sections.size(); ++i) {
        const config::vrrp& v = g.sections[i];
        const ha::router_counts& counts = *g.of_routers[i];
        for (std::size_t f = 1; f < vrrp_faults; ++f)
            tell(v, fmt::format("refused: {}", name_of(static_cast<vrrp_fault>(f))),
                 counts.faults[f].get());
        tell(v, "refused: another interval", counts.other_interval.get());
        tell(v, "refused: from or to an address it does not know", counts.strangers.get());
        tell(v, "have another list of addresses", counts.other_addresses.get());
        tell(v, "could not be handed to a worker", counts.unsent.get());
    }
}

std::vector<command::vrrp_info> failover::describe() const {
    std::vector<command::vrrp_info> all;
    for (const known_group& g : groups_) {
        for (std::size_t i = 0; i < g.sections.size(); ++i) {
            const config::vrrp& v = g.sections[i];
            const ha::router_counts& c = *g.of_routers[i];
            command::vrrp_info& info = all.emplace_back();
            info.name = v.name;
            info.group = g.name;
            info.port = v.port;
            info.id = v.id;
            info.state = ha::name_of(g.counts->now.load());
            info.priority = heart_ ? g.counts->priority.load() : v.priority;
            info.configured_priority = v.priority;
            info.waits_for = g.missing;
            for (const tracked_thing& thing : g.tracks)
                info.tracked.push_back({.name = thing.name,
                                        .priority = thing.priority,
                                        .good = thing.good,
                                        .proven = thing.proven,
                                        .why = thing.proven ? tracker_.why(thing.number) : "",
                                        .since = thing.since});
            info.since = g.since;
            info.why = g.why;
            info.addresses = v.addresses;
            info.addresses.insert(info.addresses.end(), v.unadvertised.begin(),
                                  v.unadvertised.end());
            info.transitions = g.counts->moves.get();
            info.splits = g.counts->splits.get();
            info.sent = c.sent.get();
            info.unsent = c.unsent.get();
            info.heard = c.heard.get();
            info.announced = c.announced.get();
            for (std::size_t f = 1; f < vrrp_faults; ++f)
                info.refused.emplace_back(name_of(static_cast<vrrp_fault>(f)), c.faults[f].get());
            info.refused.emplace_back("other_interval", c.other_interval.get());
            info.refused.emplace_back("stranger", c.strangers.get());
            info.other_addresses = c.other_addresses.get();
        }
    }
    return all;
}

std::vector<std::uint64_t> failover::lateness() const {
    if (!heart_) return {};
    const auto all = heart_->lateness();
    return {all.begin(), all.end()};
}

} // namespace weir::director
