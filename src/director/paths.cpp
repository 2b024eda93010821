#include "director/paths.h"

#include <utility>

#include "log/log.h"

namespace weir::director {

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
    publish();
}

void paths::set_mirrored(std::vector<route_table::item> routes) {
    mirrored_ = std::move(routes);
    publish();
}

void paths::publish() {
    std::vector<route_table::item> all = mirrored_;
    all.insert(all.end(), static_.begin(), static_.end());
    state_.routes.replace(std::make_shared<const route_table>(all), bin_);
    update_servers();
}

void paths::update_servers() {
    const route_table& routes = *state_.routes.read();
    std::unordered_set<neighbour_id> pinned;
    without_.clear();
    for (const route_table::item& item : mirrored_)
        if (item.via.gateway != 0) pinned.insert(item.via.gateway);
    services_.for_each_server([&](const plane::known_server& server) {
        flow_target& target = state_.servers->target(server.id);
        const route& way = routes.find(server.address);
        if (server.mode == forward_mode::local || !way.reachable) {
            target.hop = 0;
            if (server.mode != forward_mode::local && server.removed_at == 0)
                without_.insert(server.id);
            return;
        }
        target.hop = way.gateway != 0 ? way.gateway : keeper_.pin(way.port, server.address);
        pinned.insert(target.hop);
    });
    keeper_.keep_pinned(pinned);
}

void paths::tell_of_routes() {
    if (without_ == told_) return;
    const auto before = std::exchange(seen_, without_);
    const auto look = [&](const plane::known_service& service, const plane::known_server& server) {
        if (without_.contains(server.id)) {
            if (before.contains(server.id) && told_.insert(server.id).second)
                log::warning("service {}: no route to {}: packets to it are dropped",
                             service.wanted.name, to_string(server.address));
        } else if (told_.erase(server.id) != 0) {
            log::info("service {}: there is a route to {} again", service.wanted.name,
                      to_string(server.address));
        }
    };
    for (const auto& service : services_.services()) {
        for (const plane::known_server& server : service->servers)
            look(*service, server);
        if (service->fallback) look(*service, *service->fallback);
    }
    std::erase_if(told_, [this](target_id id) { return !without_.contains(id); });
}

void paths::forget_path_mtus() {
    services_.for_each_server(
        [&](const plane::known_server& server) { state_.servers->target(server.id).path_mtu = 0; });
}

} // namespace weir::director
