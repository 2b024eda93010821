#pragma once

// The ways out, as workers see them: the route table (Linux's routes through the twins, and the
// configured networks of ports without a twin), and for every real server the neighbour its packets
// go to. Worked out anew whenever routes, addresses or servers change. Control core only.

#include <unordered_set>
#include <vector>

#include "config/model.h"
#include "linux/neighbour_keeper.h"
#include "plane/running_services.h"
#include "worker/shared.h"

namespace weir::director {

class paths {
public:
    paths(director_state& state, grace_bin& bin, linux::neighbour_keeper& keeper,
          const plane::running_services& services)
        : state_(state), bin_(bin), keeper_(keeper), services_(services) {}

    /// The networks and neighbours of ports without a twin.
    void set_static(const std::vector<config::port>& ports);
    /// Linux's routes through the twins, the better ones first.
    void set_mirrored(std::vector<route_table::item> routes);
    /// Points every server at its next hop, and lets go of those that none needs any more; call
    /// after servers changed.
    void update_servers();

    /// Tells the log which servers have had no route for a second or two, and which have one again.
    /// At start, routes come a little after the twins. Once a second.
    void tell_of_routes();

    /// Forgets what was learned about path MTUs, so that a path that grew is noticed (RFC 1191
    /// section 6.3 suggests ten minutes).
    void forget_path_mtus();

private:
    void publish();

    director_state& state_;
    grace_bin& bin_;
    linux::neighbour_keeper& keeper_;
    const plane::running_services& services_;
    std::vector<route_table::item> static_;
    std::vector<route_table::item> mirrored_;
    std::unordered_set<target_id> without_; ///< servers that no route leads to
    std::unordered_set<target_id> seen_;    ///< those at the last look
    std::unordered_set<target_id> told_;    ///< those the log says so of
};

} // namespace weir::director
