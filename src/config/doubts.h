#pragma once

// What a good configuration says that probably does not work, as far as the file alone can tell:
// Linux may have further addresses and routes. `weir --check` prints these as warnings. Pure.

#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

/// Servers of DR that are on no link by the `address` lines of the ports.
std::vector<problem> doubts(const configuration& c);

} // namespace weir::config
