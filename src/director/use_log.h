#pragma once

// Tells how a service uses its servers when that changes: it has lost the last one, has one again,
// falls back on servers that are held or down. Control core only.

#include <optional>

#include "director/events.h"
#include "plane/known_service.h"

namespace weir::director {

/// `before`: how it used them; nothing = it is new.
void log_use(const plane::known_service& service, const std::optional<plane::usage>& before);

/// The event of a service that has lost its last server or has one again.
void notify_use(events& to, const plane::known_service& service,
                const std::optional<plane::usage>& before);

} // namespace weir::director
