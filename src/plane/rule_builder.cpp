#include "plane/rule_builder.h"

#include <algorithm>
#include <unordered_map>

#include "service/scheduler_registry.h"

namespace weir::plane {

std::uint16_t port_of(const config::service& service, const known_server& server) {
    if (server.port != 0) return server.port;
    const endpoint& first = service.listen.front();
    return service.listen.size() == 1 && first.is_exact() ? first.port : std::uint16_t{0};
}

bool same_rule(const known_service& a, const known_service& b) {
    const auto same_server = [](const known_server& x, const known_server& y) {
        return x.id == y.id && x.last_weight == y.last_weight;
    };
    return a.wanted.listen == b.wanted.listen && a.wanted.scheduler == b.wanted.scheduler
           && a.wanted.scheduler_options == b.wanted.scheduler_options
           && a.wanted.timeout == b.wanted.timeout && a.wanted.forward == b.wanted.forward
           && a.wanted.persistence == b.wanted.persistence
           && a.wanted.expire_quiescent == b.wanted.expire_quiescent
           && a.wanted.one_packet == b.wanted.one_packet
           && (a.fallback ? a.fallback->id : 0) == (b.fallback ? b.fallback->id : 0)
           && std::equal(a.servers.begin(), a.servers.end(), b.servers.begin(), b.servers.end(),
                         same_server);
}

std::int32_t weight_scale_of(const config::service& service) {
    constexpr std::int32_t fine = 100;
    const bool shared =
        service.slow_start.count() > 0
        || std::any_of(service.checks.begin(), service.checks.end(), [](const config::check& c) {
               return c.type == config::check_type::agent || c.weight;
           });
    return shared && find_scheduler(service.scheduler)->proportional ? fine : 1;
}

std::shared_ptr<const service_rule>
build_rule(const server_store& servers, const known_service& service, const known_service* before) {
    auto rule = std::make_shared<service_rule>();
    const config::service& wanted = service.wanted;
    rule->name = wanted.name;
    rule->listen = wanted.listen;
    rule->scheduler_name = wanted.scheduler;
    rule->scheduler_options = wanted.scheduler_options;
    rule->timeouts = wanted.timeout;
    rule->nat = wanted.forward == config::forwarding::nat;
    rule->tunnel = wanted.forward == config::forwarding::tun;
    const bool group = wanted.listen.size() > 1;
    rule->one_packet = wanted.one_packet;
    const auto view_of = [&](const known_server& server) -> server_view {
        return {&servers.load(server.id), server.address, port_of(wanted, server),
                service.seen(server.last_weight)};
    };
    for (const known_server& server : service.servers) {
        rule->targets.push_back(server.id);
        rule->servers.push_back(view_of(server));
    }
    if (service.fallback) {
        rule->fallback = service.fallback->id;
        rule->fallback_view = view_of(*service.fallback);
    }
    if (wanted.persistence.timeout.count() != 0) {
        rule->persistence =
            make_persistence(static_cast<std::uint16_t>(wanted.persistence.timeout.count()),
                             wanted.persistence.prefix.value_or(128), wanted.listen.front(), group);
        rule->persistence.expire_quiescent = wanted.expire_quiescent;
    }
    scheduler_setup setup{.servers = rule->servers, .options = rule->scheduler_options};
    std::vector<std::uint32_t> moved;
    const service_rule* old = before != nullptr ? before->rule.get() : nullptr;
    if (old != nullptr && old->scheduler_name == rule->scheduler_name) {
        std::unordered_map<target_id, std::uint32_t> places;
        for (std::uint32_t i = 0; i < old->targets.size(); ++i)
            places[old->targets[i]] = i;
        for (const target_id id : rule->targets) {
            const auto place = places.find(id);
            moved.push_back(place == places.end() ? no_server : place->second);
        }
        setup.previous = old->chooser.get();
        setup.moved = moved;
    }
    rule->chooser = find_scheduler(wanted.scheduler)->make(setup);
    rule->slots = service.slots->table();
    return rule;
}

} // namespace weir::plane
