#pragma once

// What a scheduler by address does with a flow whose own server is unavailable.
//
// LVS refuses such a flow, unless the service has a fallback flag. But with LVS it is usual that a
// failed server is taken out of the service (by keepalived), and then its flows go to others. In
// weir a failed server stays in the list, so the two cases are told apart here: flows of a server
// that is down or disabled always go elsewhere, while those of a server that is full or has weight
// 0 do so only with the option `fallback`.

#include "weir/scheduler.h"

namespace weir::schedulers {

/// May a flow of this unavailable server go to another one?
inline bool may_stray(const server_view& server, bool fallback) noexcept {
    return fallback || server.load->is_out();
}

} // namespace weir::schedulers
