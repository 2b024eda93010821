#pragma once

// Which changes a running director cannot take.

#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

/// One problem for each key that differs and needs a restart: cores, memory, table size, run
/// directory and what a port is made of. Empty: the reload may go on.
std::vector<problem> needs_restart(const configuration& running, const configuration& wanted);

} // namespace weir::config
