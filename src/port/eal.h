#pragma once

// DPDK's environment. Start it once, before any other use of DPDK, on the main thread, which
// becomes the control core. Worker i runs on lcore i + 1; several lcores may share a CPU.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "config/model.h"

namespace weir::port {

/// Reports one line to the operator.
using notify = std::function<void(const std::string&)>;

/// The cards that DPDK opens as it starts, by their PCI addresses.
std::set<std::string> cards_of(const config::configuration& c);

/// The arguments that weir gives EAL for a configuration: cores, memory, and only the configured
/// cards. `huge` = hugepages are available; `prefix` distinguishes this process from other DPDK
/// processes.
std::vector<std::string> eal_arguments(const config::configuration& c, bool huge,
                                       const std::string& prefix);

/// True if `megabytes` of hugepages are free, by Linux's count of all sizes together.
bool hugepages_free(unsigned megabytes);

/// Starts EAL. Appends `extra` to weir's own arguments. From then on DPDK's log lines go to `warn`,
/// on any thread. Throws std::runtime_error.
void start_eal(const config::configuration& c, const std::vector<std::string>& extra,
               const notify& warn);
/// Call after closing everything of DPDK's.
void stop_eal();

} // namespace weir::port
