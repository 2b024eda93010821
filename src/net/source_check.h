#pragma once

#include <cstdint>

namespace weir::inline net {

/// From which sources a port takes packets (RFC 3704).
enum class source_check : std::uint8_t {
    off,    ///< any
    loose,  ///< those that there is a route to
    strict, ///< those whose route leaves by this port
};

} // namespace weir::inline net
