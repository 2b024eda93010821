#pragma once

// A running service and its real servers: their configuration, their slots, and the changes by the
// operator and the health checks. running_services owns and changes them. Control core only.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "config/model.h"
#include "flow/target.h"
#include "health/condition.h"
#include "net/names.h"
#include "plane/usage.h"
#include "service/counters.h"
#include "service/rule_set.h"
#include "service/slot_keeper.h"

namespace weir::plane {

/// A real server of a running service, by its name.
struct known_server : server_name {
    target_id id = 0;
    forwarding forward{}; ///< the service's, or `local`
    std::int32_t configured_weight = 1;
    std::int32_t base_weight = 1;                ///< the configured one, or an operator's
    double share = 1;                            ///< of it, by agents and the ramp of a slow start
    double last_weight = 1;                      ///< their last product above 0
    health::fitness fit = health::fitness::good; ///< the verdict of its checks
    bool used = true;                            ///< as far as its checks count
    bool fresh = true;                           ///< added by the last apply()
    lost_flows lost = lost_flows::none;          ///< by the verdict of its checks
    std::uint64_t set_at = 0; ///< when an operator last set its weight or disabled it, here or at a
                              ///< peer: milliseconds since 1970; 0 = never
    std::uint32_t removed_at = 0;  ///< coarse clock; 0 = not removed
    std::uint32_t empty_since = 0; ///< removed, and without connections since then; 0 = not yet
    std::uint16_t last_port = 0;   ///< removed: where its packets went; 0 = what clients asked for
};

struct known_service {
    config::service wanted;
    std::shared_ptr<const service_rule> rule;
    std::vector<known_server> servers; ///< in the order of the file
    std::vector<known_server> removed; ///< their connections go on
    std::optional<known_server> fallback;
    server_totals retired; ///< of servers whose slots have been freed
    /// The scale of the weights that schedulers see. Where shares can change weights, schedulers
    /// that divide work by weight get finer ones, so that half of weight 1 is possible.
    std::int32_t weight_scale = 1;
    bool stale = false;         ///< weights changed under a scheduler that stores them
    bool undecided = true;      ///< something changed that `use` depends on
    std::optional<usage> use{}; ///< which servers are used; nothing = not decided yet
    /// Keeps the slots of packets placed without state. Shared with the service before a reload
    /// that left its servers as they were.
    std::shared_ptr<slot_keeper> slots;
    /// Of the connection table; null where it never had a limit. Lasts as long as the service.
    std::shared_ptr<table_share> entries{};
    bool slots_due = false; ///< weights or health may have changed since its last renewal

    /// A weight above 0 as schedulers see it.
    std::int32_t seen(double weight) const {
        return std::max(static_cast<std::int32_t>(std::lround(weight * weight_scale)), 1);
    }
};

} // namespace weir::plane
