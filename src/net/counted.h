#pragma once

// A number with its noun, for people: "1 worker", "2 workers". Pure: any thread.

#include <concepts>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace weir::inline net {

/// "1 server", "0 servers"; `many`: the plural, where it is not `one` with an s.
template <std::integral Number>
std::string counted(Number n, std::string_view one, std::string_view many = {}) {
    if (n == 1) return fmt::format("{} {}", n, one);
    return many.empty() ? fmt::format("{} {}s", n, one) : fmt::format("{} {}", n, many);
}

} // namespace weir::inline net
