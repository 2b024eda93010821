#pragma once

// weir on DPDK's own telemetry socket: `/weir/status`, for tools that read that socket anyway
// (dpdk-telemetry.py). Telemetry answers on a thread of its own, so the control core leaves the
// status here once a second and that thread reads the last one left. It must hold whole numbers,
// words and objects only (telemetry has no arrays of objects) and stay below telemetry's 16 KiB.

#include <nlohmann/json_fwd.hpp>

namespace weir::command::telemetry {

/// Makes the command known to DPDK; again is harmless. Before or after EAL has started.
void announce();

/// What `/weir/status` answers from now on. Any thread.
void publish(nlohmann::json status);

} // namespace weir::command::telemetry
