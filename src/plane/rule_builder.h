#pragma once

// From a running service to the rule by which workers know it, its scheduler made anew with what
// the one before remembers. A service in which nothing changed keeps its rule: whether that is so
// is asked here too. Control core only; what comes out is read by workers and not changed again.

#include <cstdint>
#include <memory>

#include "config/model.h"
#include "plane/known_service.h"
#include "service/server_store.h"

namespace weir::plane {

/// The rule of a service whose servers have their slots. `before`: the service as it was, or null.
std::shared_ptr<const service_rule>
build_rule(const server_store& servers, const known_service& service, const known_service* before);

/// Would both have the same rule?
bool same_rule(const known_service& a, const known_service& b);

/// The scale for weights that shares change. Only for proportional schedulers: to others a weight
/// is a number of connections, a rank, or turns.
std::int32_t weight_scale_of(const config::service& service);

} // namespace weir::plane
