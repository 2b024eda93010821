#include "import/words.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace weir::importer {

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_scheduler_of_lvs(std::string_view name) {
    constexpr std::array<std::string_view, 14> all{"rr",    "wrr", "lc",  "wlc", "lblc",
                                                   "lblcr", "sed", "nq",  "dh",  "sh",
                                                   "mh",    "fo",  "ovf", "twos"};
    return std::find(all.begin(), all.end(), name) != all.end();
}

} // namespace weir::importer
