#pragma once

// The levels of the log. They have a header of their own, so that the configuration can hold a
// level without the log.

#include <cstdint>

namespace weir::log {

/// The most important first: a level includes those before it.
enum class level : std::uint8_t { error, warning, info, debug };

} // namespace weir::log
