// Applies a reload to the running services: servers stay, return, are new, or leave.

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "config/succession.h"
#include "plane/rule_builder.h"
#include "plane/running_services.h"

namespace weir::plane {

namespace {

constexpr forwarding local{.mode = forward_mode::local};

} // namespace

void running_services::require_room(const std::vector<config::service>& wanted) const {
    std::size_t servers = 0;
    for (const config::service& service : wanted)
        servers += service.servers.size() + (service.fallback ? 1 : 0);
    // Every server may be new, while the previous ones still drain.
    if (servers > state_.servers->free_slots())
        throw std::runtime_error("too many servers: " + std::to_string(servers)
                                 + " wanted, room for "
                                 + std::to_string(state_.servers->free_slots()) + " more");
}

void running_services::apply(const std::vector<config::service>& wanted,
                             const is_own_address& is_own) {
    require_room(wanted);
    auto before = std::exchange(services_, {});
    std::ranges::move(std::exchange(ended_, {}), std::back_inserter(before));
    std::vector<config::called> earlier, now;
    for (const auto& service : before)
        earlier.push_back(config::called_of(service->wanted));
    for (const config::service& service : wanted)
        now.push_back(config::called_of(service));
    const auto predecessor = config::predecessors(earlier, now);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto was = predecessor[i] ? std::move(before[*predecessor[i]]) : nullptr;
        services_.push_back(renew(wanted[i], was.get(), is_own));
    }
    for (auto& service : before) {
        if (service == nullptr) continue; // goes on
        for (const known_server& server : std::exchange(service->servers, {}))
            leave(*service, server, service->wanted);
        if (const auto fallback = std::exchange(service->fallback, {}))
            leave(*service, *fallback, service->wanted);
        ended_.push_back(std::move(service));
    }
    sort_ended();
    note_places();
}

void running_services::note_places() {
    places_.clear();
    for (const auto& service : services_)
        for (std::size_t i = 0; i < service->servers.size(); ++i)
            places_[service->servers[i].id] = {service.get(), i};
    slots_.follow(services_);
}

std::unique_ptr<known_service> running_services::renew(const config::service& wanted,
                                                       known_service* before,
                                                       const is_own_address& is_own) {
    auto service = std::make_unique<known_service>();
    service->wanted = wanted;
    service->weight_scale = weight_scale_of(wanted);
    // Checks know services by their sections: those of a renamed one begin again.
    const bool renamed = before != nullptr && before->wanted.name != wanted.name;
    give_share(*service, before);
    bool weights_changed = before != nullptr && before->stale;
    for (const config::server& s : wanted.servers) {
        const forwarding way = is_own(s.address) ? local : wanted.forward;
        known_server server = adopt(s, way, service->servers.size(),
                                    before != nullptr ? before->servers : service->servers, before);
        if (renamed) forget_checks(server);
        if (server.configured_weight != s.weight) {
            server.configured_weight = server.base_weight = s.weight;
            if (server.set_at != 0) note_set(server); // peers too forget what an operator set
            weights_changed = true;
        }
        settle(server, s, *service);
        weights_changed |= weigh(*service, server);
        service->servers.push_back(server);
    }
    give_fallback(*service, before, is_own);
    if (before != nullptr) {
        service->retired = before->retired;
        service->use = before->use;
        service->removed = std::move(before->removed);
        for (const known_server& server : service->removed) {
            settle_flows(server.id, *service);
            judge_removed(*service, server);
        }
        std::unordered_set<target_id> stay;
        for (const known_server& server : service->servers)
            stay.insert(server.id);
        for (const known_server& server : before->servers)
            if (!stay.contains(server.id)) leave(*service, server, before->wanted);
        if (before->fallback
            && (!service->fallback || service->fallback->id != before->fallback->id))
            leave(*service, *before->fallback, before->wanted);
    }
    slots_.give(*service, before);
    count_entries(*service);
    if (before != nullptr && before->rule && !weights_changed && same_rule(*service, *before))
        service->rule = before->rule;
    else
        service->rule = build_rule(*state_.servers, *service, before);
    return service;
}

/// The matching running server, or a new one. A server that was removed and returns goes on with
/// its old state. Removes a server that it adopts from `before->removed`.
known_server running_services::adopt(const config::server& wanted, forwarding way,
                                     std::size_t index, const std::vector<known_server>& running,
                                     known_service* before) {
    const server_name name{wanted.address, wanted.port};
    const auto is_it = [&](const known_server& s) {
        return static_cast<const server_name&>(s) == name && s.forward == way;
    };
    if (before != nullptr) {
        // Most lists change little: look at its old place first.
        const auto found = index < running.size() && is_it(running[index])
                               ? running.begin() + static_cast<std::ptrdiff_t>(index)
                               : std::find_if(running.begin(), running.end(), is_it);
        if (found != running.end()) {
            known_server same = *found;
            same.fresh = false;
            return same;
        }
        const auto gone = std::find_if(before->removed.begin(), before->removed.end(), is_it);
        if (gone != before->removed.end()) {
            known_server back = *gone;
            before->removed.erase(gone);
            back.removed_at = back.empty_since = 0;
            back.configured_weight = -1; // what an operator changed has ended
            state_.servers->load(back.id).set(server_load::disabled, false);
            forget_checks(back);
            state_.servers->load(back.id).set(server_load::removed, false);
            return back;
        }
    }
    known_server server{name};
    server.id = state_.servers->take();
    server.forward = way;
    server.configured_weight = -1; // differs from every wanted weight
    flow_target& target = state_.servers->target(server.id);
    target.address = wanted.address;
    target.port = be16::from_host(wanted.port);
    target.forward = way;
    return server;
}

/// As if it was new to its checks.
void running_services::forget_checks(known_server& server) {
    server.fresh = true;
    server.share = 1;
    server.fit = health::fitness::good;
    server.used = true;
    state_.servers->load(server.id).set(server_load::down, false);
    state_.servers->target(server.id).lost = server.lost = lost_flows::none;
}

/// The service's part of the table, as its file has it now.
void running_services::give_share(known_service& service, const known_service* before) const {
    if (before != nullptr) service.entries = before->entries;
    const unsigned percent = service.wanted.share;
    if (!service.entries && percent < config::whole_table)
        service.entries = std::make_shared<table_share>();
    if (!service.entries) return;
    const std::uint64_t all = state_.flows->capacity();
    service.entries->set_limit(percent == config::whole_table
                                   ? table_share::no_limit
                                   : static_cast<std::uint32_t>(std::max<std::uint64_t>(
                                       all * percent / config::whole_table, 1)));
}

/// Applies a server's settings in the file, except its weight.
void running_services::settle(known_server& server, const config::server& wanted,
                              const known_service& service) {
    if (wanted.word.empty())
        words_.erase(server.id);
    else
        words_[server.id] = wanted.word;
    if (wanted.checks)
        checks_[server.id] = *wanted.checks;
    else
        checks_.erase(server.id);
    state_.servers->set_limits(server.id, wanted.upper, wanted.lower);
    settle_flows(server.id, service);
}

/// Applies the service's settings that connections follow, also those of a removed server.
void running_services::settle_flows(target_id id, const known_service& service) {
    const config::service& wanted = service.wanted;
    state_.servers->timeouts(id).set(wanted.timeout.settled());
    state_.servers->set_share(id, service.entries);
    flow_target& target = state_.servers->target(id);
    target.conn_reuse = wanted.conn_reuse;
    target.expire_nodest = wanted.expire_nodest;
}

/// The fallback has a slot like a server, but is in no scheduler's list.
void running_services::give_fallback(known_service& service, known_service* before,
                                     const is_own_address& is_own) {
    if (!service.wanted.fallback) return;
    const config::server& wanted = *service.wanted.fallback;
    const forwarding way = is_own(wanted.address) ? local : service.wanted.forward;
    std::vector<known_server> running;
    if (before != nullptr && before->fallback) running.push_back(*before->fallback);
    service.fallback = adopt(wanted, way, 0, running, before);
    service.fallback->configured_weight = wanted.weight;
    state_.servers->load(service.fallback->id).weight = wanted.weight;
    settle(*service.fallback, wanted, service);
}

/// With LVS's expire_nodest_conn=1 the next packet of each of its connections ends it. `was`: the
/// service while it had the server.
void running_services::leave(known_service& service, known_server server,
                             const config::service& was) {
    server.last_port = port_of(was, server);
    state_.servers->load(server.id).set(server_load::removed, true);
    server.removed_at = state_.clock.now();
    server.empty_since = 0;
    judge_removed(service, server);
    service.removed.push_back(server);
}

} // namespace weir::plane
