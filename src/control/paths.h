#pragma once

// The ways out, as workers see them: the route table (Linux's routes through the twins, and the
// configured networks of ports without a twin), and for every real server the neighbour its packets
// go to. Worked out anew whenever routes, addresses or servers change. Control core only.

#include <span>
#include <vector>

#include "config/model.h"
#include "control/neighbour_keeper.h"
#include "control/running_services.h"
#include "worker/shared.h"

namespace weir::control {

class paths {
public:
    paths(director_state& state, grace_bin& bin, neighbour_keeper& keeper,
          const running_services& services)
        : state_(state), bin_(bin), keeper_(keeper), services_(services) {}

    /// The networks and neighbours of ports without a twin.
    void set_static(const std::vector<config::port>& ports);
    /// Linux's routes through the twins, the better ones first.
    void set_mirrored(std::vector<route_table::item> routes);
    /// Points every server at its next hop, and lets go of those that none needs any more; call
    /// after servers changed.
    void update_servers();

    /// Forgets what was learned about path MTUs, so that a path that grew is noticed (RFC 1191
    /// section 6.3 suggests ten minutes).
    void forget_path_mtus();

private:
    void publish();

    director_state& state_;
    grace_bin& bin_;
    neighbour_keeper& keeper_;
    const running_services& services_;
    std::vector<route_table::item> static_;
    std::vector<route_table::item> mirrored_;
};

} // namespace weir::control
