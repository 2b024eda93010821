#pragma once

// Finds the changes that a running director cannot apply: cores, memory, the size of the connection
// table, and the makeup of a port are fixed while it runs. A reload applies everything else. Pure:
// any thread.

#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

/// One problem for each key that differs and needs a restart, at its line in `wanted`. Empty: the
/// reload may proceed.
std::vector<problem> needs_restart(const configuration& running, const configuration& wanted);

} // namespace weir::config
