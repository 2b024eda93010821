#pragma once

// A server that an operator adds at run time: read and checked as if its service had one more line
// `server = ...`. Control core.

#include <string>
#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

/// Adds the server at the end of the service's list. Returns what is wrong, at `where`; then
/// nothing has changed.
std::vector<problem> add_server(configuration& c, service& to, const std::string& text,
                                const place& where);

} // namespace weir::config
