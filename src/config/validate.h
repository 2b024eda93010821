#pragma once

// What no single line can tell: whether the parts of a configuration fit together.

#include <string>
#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

/// Adds what is wrong with the whole to `problems`. `schedulers`: the names there are.
void validate(const configuration& c, const std::vector<std::string>& schedulers,
              std::vector<problem>& problems);

} // namespace weir::config
