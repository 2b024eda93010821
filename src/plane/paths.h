#pragma once

// The ways out, as workers see them: the route table (Linux's routes through the twins, and the
// configured networks of ports without a twin), and the next hop of every real server. The setters
// only store; publish() publishes the routes to the workers and sets the servers' next hops.
// Control core only.

#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/model.h"
#include "plane/running_services.h"
#include "worker/shared.h"

namespace weir::plane {

/// Finds and keeps the neighbours of servers and gateways.
struct neighbour_source {
    /// The slot of a neighbour, which it keeps from now on. 0 if the table is full.
    std::function<neighbour_id(port_id, const ip_address&)> pin;
    /// Unpins all neighbours not listed; those age out.
    std::function<void(const std::unordered_set<neighbour_id>&)> keep_only;
};

class paths {
public:
    /// Without use(), neighbours come from the table as it is, and stay.
    paths(director_state& state, grace_bin& bin, const running_services& services);

    void use(neighbour_source neighbours) { neighbours_ = std::move(neighbours); }
    /// The networks and neighbours of ports without a twin.
    void set_static(const std::vector<config::port>& ports);
    /// Sets all other routes, the better ones first.
    void set_routes(std::vector<route_table::item> routes);
    /// Call after servers come or go.
    void servers_changed() { servers_changed_ = true; }

    /// Publishes the changes: first the routes, then each server's next hop.
    /// True: servers may have other next hops now.
    bool publish();

    /// The servers without a route, as of the last publish(), except local and removed ones.
    const std::unordered_set<target_id>& without_route() const { return without_; }
    /// Servers of DR behind a router, as of the last publish(). They have no next hop: the router
    /// would send packets for a VIP back, until their TTL ends.
    const std::unordered_set<target_id>& off_link() const { return off_link_; }
    /// The port that leads to a server, or did while it had a route; nothing if none ever did. As
    /// of the last publish().
    std::optional<port_id> port_to(const ip_address& server) const;
    /// Where packets to a server go next: a port, and there the server or a gateway.
    struct next_hop {
        port_id port = 0;
        ip_address address;
    };
    /// Nothing without a route. As of the last publish().
    std::optional<next_hop> hop_to(const ip_address& server) const;
    /// Forgets learned path MTUs, so that weir notices a path that grew (RFC 1191 section 6.3
    /// suggests ten minutes).
    void forget_path_mtus();

private:
    void point_servers();

    director_state& state_;
    grace_bin& bin_;
    const running_services& services_;
    neighbour_source neighbours_;
    std::vector<route_table::item> static_;
    std::vector<route_table::item> routes_;
    bool routes_changed_ = false;
    bool servers_changed_ = false;
    std::unordered_map<ip_address, port_id> ports_; ///< by server
    std::unordered_set<target_id> without_;
    std::unordered_set<target_id> off_link_;
};

} // namespace weir::plane
