#include "control/rule_builder.h"

#include <algorithm>
#include <unordered_map>

#include "service/scheduler_registry.h"

namespace weir::control {

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

flow_timeouts to_flow_timeouts(const config::timeouts& t) {
    flow_timeouts result = default_timeouts;
    const auto set = [&](flow_state state, std::chrono::seconds value) {
        result[static_cast<std::size_t>(state)] = static_cast<std::uint16_t>(value.count());
    };
    set(flow_state::established, t.tcp_established);
    set(flow_state::syn_sent, t.tcp_syn_sent);
    set(flow_state::syn_recv, t.tcp_syn_recv);
    set(flow_state::fin_wait, t.tcp_fin_wait);
    set(flow_state::time_wait, t.tcp_time_wait);
    set(flow_state::close, t.tcp_close);
    set(flow_state::close_wait, t.tcp_close_wait);
    set(flow_state::last_ack, t.tcp_last_ack);
    set(flow_state::udp, t.udp);
    set(flow_state::sctp_init1, t.sctp_init1);
    set(flow_state::sctp_init, t.sctp_init);
    set(flow_state::sctp_cookie_sent, t.sctp_cookie_sent);
    set(flow_state::sctp_cookie_replied, t.sctp_cookie_replied);
    set(flow_state::sctp_cookie_wait, t.sctp_cookie_wait);
    set(flow_state::sctp_cookie, t.sctp_cookie);
    set(flow_state::sctp_cookie_echoed, t.sctp_cookie_echoed);
    set(flow_state::sctp_established, t.sctp_established);
    set(flow_state::sctp_shutdown_sent, t.sctp_shutdown_sent);
    set(flow_state::sctp_shutdown_received, t.sctp_shutdown_received);
    set(flow_state::sctp_shutdown_ack_sent, t.sctp_shutdown_ack_sent);
    set(flow_state::sctp_rejected, t.sctp_rejected);
    set(flow_state::sctp_closed, t.sctp_closed);
    return result;
}

std::shared_ptr<const service_rule>
build_rule(const server_store& servers, const known_service& service, const known_service* before) {
    auto rule = std::make_shared<service_rule>();
    const config::service& wanted = service.wanted;
    rule->name = wanted.name;
    rule->listen = wanted.listen;
    rule->scheduler_name = wanted.scheduler;
    rule->scheduler_options = wanted.scheduler_options;
    rule->timeouts = to_flow_timeouts(wanted.timeout);
    rule->nat = wanted.forward == config::forwarding::nat;
    rule->tunnel = wanted.forward == config::forwarding::tun;
    const bool group = wanted.listen.size() > 1;
    const endpoint& first = wanted.listen.front();
    const std::uint16_t only_port = group || !first.is_exact() ? std::uint16_t{0} : first.port;
    rule->one_packet = wanted.one_packet;
    const auto view_of = [&](const known_server& server) -> server_view {
        return {&servers.load(server.id), server.address,
                server.port != 0 ? server.port : only_port, server.last_weight};
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
    return rule;
}

} // namespace weir::control
