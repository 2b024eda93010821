#pragma once

// What no single line can tell: whether the parts of a configuration fit together. Each problem
// stands at the line that can cure it. Time grows with the size of the file, not faster: 10 000
// services or servers are ordinary. Control core.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

/// Keys that were given and not understood: the line of their section, and the key. They have been
/// reported; what depends on them is not judged, so that one mistake is one problem.
using unread_keys = std::set<std::pair<unsigned, std::string>>;

/// Adds what is wrong with ports and services as a whole to `problems`. Schedulers are judged by
/// the caller, who knows which there are.
void validate(const configuration& c, const unread_keys& unread, std::vector<problem>& problems);

} // namespace weir::config
