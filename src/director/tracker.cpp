#include "director/tracker.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/log.h"

namespace weir::director {

namespace {

/// A script has no target of its own.
const ip_address itself = ip_address::v4(127, 0, 0, 1);

constexpr std::size_t most_scripts = 64; // at once

bool has_checks(const config::track& t) {
    return t.what == config::tracked::ping || t.what == config::tracked::script;
}

} // namespace

tracker::tracker(loop::event_loop& loop, health::detour_maker& detours, surroundings around)
    : around_(std::move(around)),
      monitor_(loop, detours,
               {.on_change = [this](target_id id,
                                    const health::condition& c) { watched_.at(id).fit = c.fit; },
                .tell =
                    [](health::telling what, const std::string& line) {
                        if (what == health::telling::unable)
                            log::limited(log::level::warning, "tracked things", "{}", line);
                    }}) {
    monitor_.allow_programs(most_scripts);
}

std::string tracker::name_of(const config::track& t) {
    return fmt::format("{} {}", config::to_string(t.what), t.name);
}

/// The monitor knows services with servers: a thing is a service, and its hosts are the servers.
std::vector<config::service> tracker::checks_of(const std::vector<config::vrrp>& wanted) {
    std::vector<config::service> all;
    for (const config::vrrp& v : wanted)
        for (const config::track& t : v.tracks) {
            const std::string name = name_of(t);
            if (!has_checks(t) || std::ranges::find(all, name, &config::service::name) != all.end())
                continue;
            config::service& s = all.emplace_back();
            s.name = name;
            s.listen = {endpoint{}};
            s.checks = {t.check};
        }
    return all;
}

void tracker::prepare(const std::vector<config::vrrp>& wanted) {
    monitor_.prepare(checks_of(wanted));
}

void tracker::apply(const std::vector<config::vrrp>& wanted) {
    things_.clear();
    const auto before = std::exchange(ids_, {});
    const std::vector<config::service> services = checks_of(wanted);
    std::map<std::string, std::vector<health::server_to_check>> hosts;
    for (const config::vrrp& v : wanted)
        for (const config::track& t : v.tracks) {
            if (std::ranges::find(things_, t, &thing::wanted) != things_.end()) continue;
            thing& added = things_.emplace_back(thing{t, {}});
            if (!has_checks(t)) continue;
            const std::string name = name_of(t);
            const bool ping = t.what == config::tracked::ping;
            for (const ip_address& target : ping ? t.targets : std::vector{itself}) {
                const std::pair key{name, target};
                if (const auto known = ids_.find(key); known != ids_.end()) {
                    added.ids.push_back(known->second);
                    continue;
                }
                const auto old = before.find(key);
                const bool fresh = old == before.end();
                const target_id id = fresh ? next_id_++ : old->second;
                ids_[key] = id;
                added.ids.push_back(id);
                if (fresh) watched_[id] = {name, target};
                hosts[name].push_back({.id = id, .address = target, .fresh = fresh});
            }
        }
    std::vector<health::service_to_check> to_check;
    for (const config::service& s : services)
        to_check.push_back({&s, hosts[s.name]});
    monitor_.apply(to_check);
    std::erase_if(watched_, [this](const auto& w) {
        return !ids_.contains({w.second.of, w.second.target});
    });
}

std::vector<std::size_t> tracker::of(const config::vrrp& section) const {
    std::vector<std::size_t> all;
    for (const config::track& t : section.tracks)
        all.push_back(static_cast<std::size_t>(std::ranges::find(things_, t, &thing::wanted)
                                               - things_.begin()));
    return all;
}

tracker::verdict tracker::look(std::size_t number) const {
    const auto& [t, ids] = things_[number];
    if (t.what == config::tracked::port) return {around_.has_link(t.name), true};
    if (t.what == config::tracked::service)
        return {around_.servers_in_use(t.name) >= t.least, true};
    unsigned good = 0;
    unsigned unknown = 0;
    for (const target_id id : ids) {
        const health::fitness fit = watched_.at(id).fit;
        good += fit == health::fitness::good ? 1 : 0;
        unknown += fit == health::fitness::unproven ? 1 : 0;
    }
    const bool may_be = good + unknown >= t.least;
    return {may_be, good >= t.least || !may_be};
}

unsigned tracker::hosts(std::size_t number) const {
    return static_cast<unsigned>(std::ranges::count_if(things_[number].ids, [&](target_id id) {
        return watched_.at(id).fit != health::fitness::bad;
    }));
}

std::string tracker::why(std::size_t number) const {
    const auto& [t, ids] = things_[number];
    switch (t.what) {
    case config::tracked::port:
        return around_.has_link(t.name) ? "it has a link" : "it has no link";
    case config::tracked::service:
        return fmt::format("servers in use: {}", around_.servers_in_use(t.name));
    case config::tracked::ping:
    case config::tracked::script:
        break;
    }
    const auto checks = monitor_.checks(name_of(t));
    if (checks.size() == 1) return checks.front().answer;
    const auto good = std::ranges::count_if(
        ids, [&](target_id id) { return watched_.at(id).fit == health::fitness::good; });
    return fmt::format("{} of {} hosts answer", good, ids.size());
}

} // namespace weir::director
