// Numbers as `weirctl top` shows them: short, or as a bar.

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "weirctl/top.h"

namespace weir::weirctl {

std::string short_number(double value) {
    constexpr const char* units[] = {"k", "M", "G", "T", "P", "E"};
    if (value < 0.05) return "0";
    if (value < 9.95) return fmt::format("{:.1f}", value);
    if (value < 9999.5) return fmt::format("{:.0f}", value);
    std::size_t unit = 0;
    for (value /= 1000; value >= 999.5 && unit + 1 < std::size(units); ++unit)
        value /= 1000;
    return fmt::format("{:.{}f}{}", value, value < 99.95 ? 1 : 0, units[unit]);
}

std::string bar(double share, std::size_t width) {
    const std::size_t inner = width > 2 ? width - 2 : 0;
    const double filled = std::clamp(share, 0.0, 1.0) * static_cast<double>(inner);
    std::string text(static_cast<std::size_t>(std::lround(filled)), '#');
    text.resize(inner, ' ');
    return '[' + text + ']';
}

} // namespace weir::weirctl
