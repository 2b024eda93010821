// What conditions change about running services: which servers are used (plane/usage.h), and with
// which weights.

#include <utility>

#include "plane/rule_builder.h"
#include "plane/running_services.h"
#include "service/scheduler_registry.h"

namespace weir::plane {

namespace {

constexpr lost_flows lost_by(config::down_rule rule) noexcept {
    switch (rule) {
    case config::down_rule::keep:
        return lost_flows::none;
    case config::down_rule::expire:
        return lost_flows::all;
    case config::down_rule::expire_udp:
        return lost_flows::udp;
    }
    return lost_flows::none;
}

} // namespace

bool running_services::set_condition(target_id id, const health::condition& condition) {
    const auto place = places_.find(id);
    if (place == places_.end()) return false;
    known_service& service = *place->second.service;
    known_server& server = service.servers[place->second.server];
    const bool gets_some = server.share > 0;
    server.share = condition.share;
    if (std::exchange(server.fit, condition.fit) != condition.fit
        || gets_some != (server.share > 0))
        service.undecided = true;
    if (weigh(service, server) && !find_scheduler(service.wanted.scheduler)->live_weights)
        service.stale = true;
    slots_.note_change(service);
    return service.undecided || service.stale;
}

bool running_services::set_off_link(const std::unordered_set<target_id>& servers) {
    if (servers == off_link_) return false;
    const auto before = std::exchange(off_link_, servers);
    for (const auto& service : services_)
        for (const known_server& server : service->servers)
            if (before.contains(server.id) != off_link_.contains(server.id))
                service->undecided = true;
    return true;
}

std::vector<running_services::change_of_use> running_services::catch_up() {
    std::vector<change_of_use> changes;
    for (const auto& service : services_) {
        if (std::exchange(service->undecided, false)) {
            const auto before = service->use;
            decide(*service);
            if (service->use != before) changes.push_back({service.get(), before});
        }
        if (!std::exchange(service->stale, false)) continue;
        service->rule = build_rule(*state_.servers, *service, service.get());
    }
    return changes;
}

void running_services::decide(known_service& service) {
    std::vector<candidate> candidates;
    candidates.reserve(service.servers.size());
    for (const known_server& server : service.servers)
        candidates.push_back({server.fit,
                              server.base_weight > 0 && server.share > 0 && !is_off_link(server.id)
                                  && !state_.servers->load(server.id).is(server_load::disabled),
                              server.base_weight});
    // A new service has its quorum or not, without hysteresis.
    const config::quorum_rule& quorum = service.wanted.quorum;
    service.use = usage_of(candidates, service.wanted.min_up,
                           service.use ? quorum : config::quorum_rule{quorum.weight, 0},
                           !service.use || service.use->quorate);
    for (known_server& server : service.servers) {
        server.used = service.use->takes(server.fit) && !is_off_link(server.id);
        state_.servers->load(server.id).set(server_load::down, !server.used);
        const bool failed =
            server.fit == health::fitness::bad || server.fit == health::fitness::withdrawn;
        server.lost = failed && !server.used ? lost_by(service.wanted.on_down) : lost_flows::none;
        state_.servers->target(server.id).lost = server.lost;
    }
    slots_.note_change(service);
}

} // namespace weir::plane
