#pragma once

// Which service goes on as which when services change: its servers keep their slots, connections,
// counters and the state of their checks. Pure: any thread.

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "net/names.h"

namespace weir::config {

/// The two ways in which a service can be the same as before.
struct called {
    service_name name;
    std::string_view section; ///< [service NAME]
};
inline called called_of(const service& s) {
    return {{s.listen.front()}, s.name};
}

/// For each service `now`, the place of the one `before` that goes on as it: that of the same
/// section, else, of those left, the one with the same name, whose section was renamed. None goes
/// on as two.
std::vector<std::optional<std::size_t>> predecessors(std::span<const called> before,
                                                     std::span<const called> now);

} // namespace weir::config
