#include "import/words.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/problem.h"

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

tunnel_match match_tunnel(std::string_view type, std::string_view checksum) {
    const auto known = find_encapsulation(type);
    if (!known)
        return {{},
                fmt::format("tunnels of type {}: weir's are {}, which the real servers "
                            "would have to take off",
                            config::in_quotes(type), fmt::join(encapsulation_words, " or "))};
    if (checksum == "csum" || checksum == "remcsum")
        return {{},
                fmt::format("tunnels of type {} with {}: weir's have no checksum: set "
                            "up the real servers' tunnels for nocsum",
                            config::in_quotes(type), checksum)};
    return {*known, ""};
}

} // namespace weir::importer
