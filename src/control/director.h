#pragma once

// The director: everything that lives between start and stop, owned in one place, in the order it
// depends on each other. Construction opens ports, applies the configuration and starts the
// workers; run() is the control core's life; destruction stops the workers and gives everything
// back. Control core only.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "control/command_server.h"
#include "control/event_loop.h"
#include "control/exception_path.h"
#include "control/mirror.h"
#include "control/neighbour_keeper.h"
#include "control/paths.h"
#include "control/service_registry.h"
#include "control/views.h"
#include "port/device.h"
#include "port/twin.h"
#include "worker/worker.h"

namespace weir::control {

/// Reads and validates a file, its plugins loaded and its schedulers known.
config::load_result load_configuration(const std::string& file);

/// Runs a director until SIGTERM or SIGINT. Returns the exit status; throws std::runtime_error when
/// it cannot start.
int run_director(const config::configuration& configuration,
                 const std::vector<std::string>& eal_arguments);

} // namespace weir::control
