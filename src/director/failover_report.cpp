// What failover says: to the log of transitions and of peers that do something wrong, to commands
// of all there is.

#include <algorithm>

#include "director/failover.h"
#include "log/log.h"

namespace weir::director {

void failover::read_notices() {
    thread_->quiet();
    ha::notice n;
    while (heart_->next_notice(n)) {
        const auto g = std::find_if(groups_.begin(), groups_.end(),
                                    [&](const known_group& each) { return each.id == n.group; });
        if (g == groups_.end()) continue;
        g->since = std::chrono::system_clock::now();
        g->why = reason(*g, n.change);
        const bool good = n.change.to == ha::state::active || n.change.to == ha::state::backup
                          || n.change.why == ha::event::leave
                          || n.change.from == ha::state::leaving;
        log::event(good ? log::level::info : log::level::warning, "vrrp {}: {} -> {}: {}", g->name,
                   ha::name_of(n.change.from), ha::name_of(n.change.to), g->why);
    }
    finish_leaving();
}

std::string failover::reason(const known_group& g, const ha::transition& change) const {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(change.silence).count();
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
        for (const config::vrrp& v : g.sections)
            if (source_of(v).is_none())
                return fmt::format("port {} has no address to send from", v.port);
        for (const config::vrrp& v : g.sections) {
            const auto port = std::find(port_names_.begin(), port_names_.end(), v.port);
            const port_rule& rule =
                plane_.ports()[static_cast<std::size_t>(port - port_names_.begin())];
            if (!state_.link_up[rule.device]) return fmt::format("port {} has no link", v.port);
        }
        return "a port had no link for a moment";
    case ha::event::mended:
        return "its ports work again";
    case ha::event::lapsed:
        return fmt::format("it could not advertise for {} ms", milliseconds);
    case ha::event::beat:
    case ha::event::count_:
        break;
    }
    return "?";
}

void failover::tick() {
    if (sources() != sources_) publish(); // Linux has given a twin another address
    if (heart_) read_notices();           // should a wake-up have been lost
    for (const known_group& g : groups_) {
        tell_of_faults(g);
        // A peer that is asked for is known when an advertisement has to go there.
        for (const config::vrrp& v : g.sections)
            for (const ip_address& peer : v.unicast)
                if (const route& r = state_.routes.read()->find(peer);
                    r.reachable && r.gateway == 0)
                    keeper_.pin(r.port, peer);
    }
}

/// What a peer does wrong stands in the log, once a second at most.
void failover::tell_of_faults(const known_group& g) {
    const auto tell = [this](const config::vrrp& v, const std::string& what, std::uint64_t count) {
        std::uint64_t& reported = reported_[v.name + what];
        if (count == reported) return;
        log::warning("vrrp {}: {} advertisements {}", v.name, count - reported, what);
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
            info.priority = v.priority;
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
