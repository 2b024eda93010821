#pragma once

// DPDK's environment: started once, before anything else of DPDK is used, on the main thread, which
// becomes the control core. Worker i runs on lcore i + 1; several lcores may share a CPU.

#include <functional>
#include <string>
#include <vector>

#include "config/model.h"

namespace weir::port {

/// Says something the operator should know; one line.
using notify = std::function<void(const std::string&)>;

/// The arguments weir gives EAL for a configuration: cores, memory, only the configured cards.
/// `huge` = hugepages are there; `prefix` tells this process from other DPDK processes.
std::vector<std::string> eal_arguments(const config::configuration& c, bool huge,
                                       const std::string& prefix);

/// Are there free hugepages for `megabytes`? Linux's count, all sizes together.
bool hugepages_free(unsigned megabytes);

/// Starts EAL. `extra` are appended to weir's own arguments. What DPDK logs from then on goes to
/// `warn`, on any thread. Throws std::runtime_error.
void start_eal(const config::configuration& c, const std::vector<std::string>& extra,
               const notify& warn);
/// Once everything of DPDK's is closed.
void stop_eal();

} // namespace weir::port
