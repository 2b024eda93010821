#pragma once

// Which changes a running director cannot take: cores, memory, the size of the connection table,
// and what a port is made of are fixed from start to end. All else a reload applies. Pure: any
// thread.

#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

/// One problem for each key that differs and needs a restart, at its line in `wanted`. Empty: the
/// reload may go on.
std::vector<problem> needs_restart(const configuration& running, const configuration& wanted);

} // namespace weir::config
