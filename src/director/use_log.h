#pragma once

// Tells how a service uses its servers when that changes: it has lost the last one, has one again,
// falls back on servers that are held or down. Control core only.

#include <optional>
#include <string>

#include "director/events.h"
#include "plane/known_service.h"

namespace weir::director {

/// "1 of 2 servers", and how many of them are out by the operator's will or for lack of a way
/// there: they count for nothing. Pure.
std::string servers_of(unsigned some, const plane::known_service& service);

/// `before`: how it used them; nothing = it is new.
void log_use(const plane::known_service& service, const std::optional<plane::usage>& before);

/// The event of a service that has lost its last server or has one again.
void notify_use(events& to, const plane::known_service& service,
                const std::optional<plane::usage>& before);

} // namespace weir::director
