#pragma once

// Decides what a scheduler by address does with a flow whose own server is unavailable.
//
// LVS refuses such a flow, unless the service has a fallback flag. But keepalived usually removes a
// failed server from an LVS service, and then its flows go to others. In weir a failed server stays
// in the list, so this code distinguishes two cases: flows of a server that is down or disabled
// always go elsewhere; flows of a server that is full or has weight 0 go elsewhere only with the
// option `fallback`.

#include "weir/scheduler.h"

namespace weir::schedulers {

/// True if a flow of this unavailable server may go to another one.
inline bool may_stray(const server_view& server, bool fallback) noexcept {
    return fallback || server.load->is_out();
}

} // namespace weir::schedulers
