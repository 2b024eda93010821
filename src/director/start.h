#pragma once

// From a file to a running director. Control core; the main thread before anything else runs.

#include <string>
#include <vector>

#include "config/load.h"
#include "config/model.h"

namespace weir::director {

/// Reads and validates a file. Loads its plugins, so that their schedulers are known and all
/// schedulers' options can be checked.
config::load_result load_configuration(const std::string& file);

/// Runs a director until SIGTERM or SIGINT. Returns the exit status; throws std::runtime_error if
/// it cannot start.
int run_director(const config::configuration& configuration,
                 const std::vector<std::string>& eal_arguments);

} // namespace weir::director
