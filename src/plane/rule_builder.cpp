#include "plane/rule_builder.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "service/scheduler_registry.h"

namespace weir::plane {

std::uint16_t port_of(const config::service& service, const known_server& server) {
    if (server.port != 0) return server.port;
    const endpoint& first = service.listen.front();
    return service.listen.size() == 1 && first.is_exact() ? first.port : std::uint16_t{0};
}

namespace {

/// What a rule holds of a server. build_rule() reads nothing else of it, and same_rule() compares
/// all of it: a field added here counts in both.
struct member {
    target_id id = 0;
    ip_address address;
    std::uint16_t port = 0;
    std::int32_t last_weight = 1; ///< as schedulers see it
    friend bool operator==(const member&, const member&) = default;
};

member member_of(const known_service& service, const known_server& server) {
    return {server.id, server.address, port_of(service.wanted, server),
            service.seen(server.last_weight)};
}

std::optional<member> fallback_of(const known_service& service) {
    if (!service.fallback) return std::nullopt;
    return member_of(service, *service.fallback);
}

} // namespace

bool same_rule(const known_service& a, const known_service& b) {
    const config::service_traffic& traffic = a.wanted;
    return traffic == b.wanted && fallback_of(a) == fallback_of(b)
           && std::ranges::equal(
               a.servers, b.servers, {}, [&](const known_server& s) { return member_of(a, s); },
               [&](const known_server& s) { return member_of(b, s); });
}

std::int32_t weight_scale_of(const config::service& service) {
    constexpr std::int32_t fine = 100;
    const auto sets_weights = [](const std::vector<config::check>& checks) {
        return std::ranges::any_of(checks, [](const config::check& c) {
            return c.type == config::check_type::agent || c.weight;
        });
    };
    const bool shared = service.slow_start.count() > 0 || sets_weights(service.checks)
                        || std::ranges::any_of(service.servers, [&](const config::server& s) {
                               return s.checks && sets_weights(*s.checks);
                           });
    return shared && find_scheduler(service.scheduler)->proportional ? fine : 1;
}

std::shared_ptr<const service_rule>
build_rule(const server_store& servers, const known_service& service, const known_service* before) {
    auto rule = std::make_shared<service_rule>();
    const config::service_traffic& wanted = service.wanted; // what same_rule() compares
    rule->name = service.wanted.name;
    rule->listen = wanted.listen;
    rule->scheduler_name = wanted.scheduler;
    rule->scheduler_options = wanted.scheduler_options;
    rule->timeouts = wanted.timeout.settled();
    rule->mode = wanted.forward.mode;
    const bool group = wanted.listen.size() > 1;
    rule->one_packet = wanted.one_packet;
    rule->alike = wanted.persistence.timeout.count() == 0
                  && (wanted.scheduler == "mh" || wanted.scheduler == "wrh");
    const auto view_of = [&](const member& server) -> server_view {
        return {&servers.load(server.id), server.address, server.port, server.last_weight};
    };
    for (const known_server& server : service.servers) {
        rule->targets.push_back(server.id);
        rule->servers.push_back(view_of(member_of(service, server)));
    }
    if (const auto fallback = fallback_of(service)) {
        rule->fallback = fallback->id;
        rule->fallback_view = view_of(*fallback);
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
    if (wanted.share < config::whole_table) rule->share = service.entries;
    return rule;
}

} // namespace weir::plane
