#pragma once

// A service and its real servers as they run: what the configuration asks for, the slots they
// occupy, and what the operator and the health checks made of them since. Owned and changed by
// running_services. Control core only.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "config/model.h"
#include "flow/target.h"
#include "service/counters.h"
#include "service/rule_set.h"

namespace weir::plane {

/// A real server of a running service.
struct known_server {
    target_id id = 0;
    ip_address address;
    std::uint16_t port = 0; ///< 0 = the service's
    forward_mode mode = forward_mode::dr;
    std::int32_t configured_weight = 1;
    std::int32_t base_weight = 1;  ///< the configured one, or what an operator set instead
    double share = 1;              ///< of it: what agents leave, and the ramp of a slow start
    double last_weight = 1;        ///< the last above 0 of both, multiplied
    bool fresh = true;             ///< new with the last apply()
    std::uint32_t removed_at = 0;  ///< coarse clock; 0 = not removed
    std::uint32_t empty_since = 0; ///< removed, and without connections since; 0 = not yet
};

struct known_service {
    config::service wanted;
    std::shared_ptr<const service_rule> rule;
    std::vector<known_server> servers; ///< in the order of the file
    std::vector<known_server> removed; ///< their connections go on
    std::optional<known_server> fallback;
    server_totals retired; ///< of servers whose slots are free again
    /// Weights are shown divided by this: where shares can change them, schedulers that divide work
    /// by weight are given finer ones, so that half of weight 1 is not all of it.
    std::int32_t weight_scale = 1;
    bool stale = false; ///< weights changed under a scheduler that keeps them

    /// A weight above 0 as schedulers see it.
    std::int32_t seen(double weight) const {
        return std::max(static_cast<std::int32_t>(std::lround(weight * weight_scale)), 1);
    }
};

} // namespace weir::plane
