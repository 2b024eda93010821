#include "plane/paths.h"

#include <memory>
#include <utility>

namespace weir::plane {

paths::paths(director_state& state, grace_bin& bin, const running_services& services)
    : state_(state), bin_(bin),
      services_(services), neighbours_{
                               .pin =
                                   [&state](port_id port, const ip_address& address) {
                                       return state.neighbours->add(port, address);
                                   },
                               .keep_only = [](const std::unordered_set<neighbour_id>&) {}} {
    state_.routes.replace(std::make_shared<const route_table>(), bin_);
}

void paths::set_static(const std::vector<config::port>& ports) {
    static_.clear();
    for (std::size_t i = 0; i < ports.size(); ++i) {
        if (ports[i].twin) continue;
        const auto port = static_cast<port_id>(i);
        for (const prefix& network : ports[i].addresses)
            static_.push_back({network, {.port = port, .gateway = 0, .reachable = true}});
        for (const config::static_neighbour& neighbour : ports[i].neighbours)
            static_.push_back(
                {prefix::of(neighbour.address), {.port = port, .gateway = 0, .reachable = true}});
    }
    routes_changed_ = true;
}

void paths::set_routes(std::vector<route_table::item> routes) {
    routes_ = std::move(routes);
    routes_changed_ = true;
}

bool paths::publish() {
    const bool routes = std::exchange(routes_changed_, false);
    if (routes) {
        std::vector<route_table::item> all = routes_;
        all.insert(all.end(), static_.begin(), static_.end());
        state_.routes.replace(std::make_shared<const route_table>(all), bin_);
    }
    if (!std::exchange(servers_changed_, false) && !routes) return false;
    point_servers();
    return true;
}

void paths::point_servers() {
    const route_table& routes = *state_.routes.read();
    std::unordered_set<neighbour_id> pinned;
    without_.clear();
    off_link_.clear();
    const auto ports_before = std::exchange(ports_, {});
    for (const route_table::item& item : routes_)
        if (item.via.gateway != 0) pinned.insert(item.via.gateway);
    services_.for_each_server([&](const known_server& server) {
        flow_target& target = state_.servers->target(server.id);
        const route& way = routes.find(server.address);
        if (way.reachable)
            ports_[server.address] = way.port;
        else if (const auto was = ports_before.find(server.address); was != ports_before.end())
            ports_[server.address] = was->second;
        const bool needs_route = server.forward.facts().needs_route;
        if (!needs_route || !way.reachable) {
            target.hop = 0;
            if (needs_route && server.removed_at == 0) without_.insert(server.id);
            return;
        }
        if (server.forward.mode == forward_mode::dr && way.gateway != 0
            && state_.neighbours->address(way.gateway) != server.address) {
            target.hop = 0;
            if (server.removed_at == 0) off_link_.insert(server.id);
            return;
        }
        target.hop = way.gateway != 0 ? way.gateway : neighbours_.pin(way.port, server.address);
        pinned.insert(target.hop);
    });
    neighbours_.keep_only(pinned);
}

std::optional<port_id> paths::port_to(const ip_address& server) const {
    const auto found = ports_.find(server);
    return found == ports_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<paths::next_hop> paths::hop_to(const ip_address& server) const {
    const route& way = state_.routes.read()->find(server);
    if (!way.reachable) return std::nullopt;
    return next_hop{way.port, way.gateway == 0 ? server : state_.neighbours->address(way.gateway)};
}

void paths::forget_path_mtus() {
    services_.for_each_server(
        [&](const known_server& server) { state_.servers->target(server.id).path_mtu = 0; });
}

} // namespace weir::plane
