#pragma once

// What another configuration changes, in words: a line for each service and server that comes, goes
// or becomes different, by name. For the log of a reload. Pure: any thread.

#include <string>
#include <vector>

#include "config/model.h"

namespace weir::config {

/// In the order of `wanted`, what goes away last; empty if nothing differs that a reload applies.
/// "service web: server 192.0.2.11 is new", "service dns is gone".
std::vector<std::string> changes(const configuration& running, const configuration& wanted);

} // namespace weir::config
