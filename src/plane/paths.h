#pragma once

// The ways out, as workers see them: the route table (Linux's routes through the twins, and the
// configured networks of ports without a twin), and for every real server the neighbour that its
// packets go to. The setters only remember; publish() shows the routes to the workers and points
// the servers at their next hops. Control core only.

#include <functional>
#include <unordered_set>
#include <vector>

#include "config/model.h"
#include "plane/running_services.h"
#include "worker/shared.h"

namespace weir::plane {

/// Finds and keeps the neighbours of servers and gateways.
struct neighbour_source {
    /// The slot of a neighbour, kept from now on. 0 when the table is full.
    std::function<neighbour_id(port_id, const ip_address&)> pin;
    /// Lets go of all pinned neighbours but these.
    std::function<void(const std::unordered_set<neighbour_id>&)> keep_only;
};

class paths {
public:
    /// Until use() names another source, neighbours come from the table as it is and stay.
    paths(director_state& state, grace_bin& bin, const running_services& services);

    void use(neighbour_source neighbours) { neighbours_ = std::move(neighbours); }
    /// The networks and neighbours of ports without a twin.
    void set_static(const std::vector<config::port>& ports);
    /// All other routes, the better ones first.
    void set_routes(std::vector<route_table::item> routes);
    /// Servers have come or gone.
    void servers_changed() { servers_changed_ = true; }

    /// Shows what has changed: the routes first, then each server's next hop.
    void publish();

    /// The servers that no route leads to, as of the last publish(); local and removed ones apart.
    const std::unordered_set<target_id>& without_route() const { return without_; }
    /// Forgets what was learned about path MTUs, so that a path that grew is noticed (RFC 1191
    /// section 6.3 suggests ten minutes).
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
    std::unordered_set<target_id> without_;
};

} // namespace weir::plane
