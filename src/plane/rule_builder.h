#pragma once

// Builds the rule by which workers know a running service, with a new scheduler that takes over the
// old one's position. An unchanged service keeps its rule; this code also decides whether it is
// unchanged. Control core only; workers read the result, which never changes.

#include <cstdint>
#include <memory>

#include "config/model.h"
#include "plane/known_service.h"
#include "service/server_store.h"

namespace weir::plane {

/// The rule of a service whose servers have slots. `before`: the previous service, or null.
std::shared_ptr<const service_rule>
build_rule(const server_store& servers, const known_service& service, const known_service* before);

/// The port at which a server receives a service's packets; 0 = the port the client asked for.
std::uint16_t port_of(const config::service& service, const known_server& server);

/// True if both would have the same rule.
bool same_rule(const known_service& a, const known_service& b);

/// The scale for weights that shares change. Only for proportional schedulers: for others a weight
/// is a number of connections, a rank, or a number of turns.
std::int32_t weight_scale_of(const config::service& service);

} // namespace weir::plane
