#pragma once

// Times on the command line, written as in the configuration file: "500ms", "30s", "10m"; a number
// alone is seconds. Pure.

#include <chrono>

#include "weirctl/commands.h"

namespace weir::weirctl {

/// Of an option that is given: whole seconds, from `least` to `most`. Throws config::usage_error.
std::chrono::seconds seconds_of(const invocation& call, const char* option,
                                std::chrono::seconds least, std::chrono::seconds most);
/// The same in milliseconds; a number alone may have a fraction, as 0.5.
std::chrono::milliseconds milliseconds_of(const invocation& call, const char* option,
                                          std::chrono::milliseconds least,
                                          std::chrono::milliseconds most);

} // namespace weir::weirctl
