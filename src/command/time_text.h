#pragma once

// Times of day in answers: RFC 3339, in UTC. Pure.

#include <chrono>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace weir::command {

inline std::string to_text(std::chrono::system_clock::time_point when) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

} // namespace weir::command
