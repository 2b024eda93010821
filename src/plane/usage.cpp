#include "plane/usage.h"

#include <array>

namespace weir::plane {

using health::fitness;

bool usage::takes(fitness fit) const noexcept {
    switch (fit) {
    case fitness::good:
        return true;
    case fitness::unproven:
        return unproven;
    case fitness::held:
        return held;
    case fitness::bad:
        return bad;
    case fitness::withdrawn:
        return false;
    }
    return false;
}

std::optional<idle_reason> doubt_of(fitness fit) noexcept {
    switch (fit) {
    case fitness::good:
        return std::nullopt;
    case fitness::unproven:
        return idle_reason::unproven;
    case fitness::held:
        return idle_reason::held;
    case fitness::bad:
    case fitness::withdrawn:
        break;
    }
    return idle_reason::down;
}

usage usage_of(std::span<const candidate> servers, const config::least_up& least,
               const config::quorum_rule& quorum, bool had_quorum) {
    std::array<unsigned, 5> count{};
    usage result;
    for (const candidate& server : servers) {
        if (!server.able) continue;
        ++result.able;
        ++count[static_cast<std::size_t>(server.fit)];
    }
    const auto of = [&](fitness fit) { return count[static_cast<std::size_t>(fit)]; };
    const unsigned wanted = least.of(result.able);
    result.good = result.used = of(fitness::good);
    result.unproven = of(fitness::bad) == 0 || result.good == 0;
    if (result.unproven) result.used += of(fitness::unproven);
    result.held = result.good == 0 || result.used < wanted;
    if (result.held) result.used += result.held_used = of(fitness::held);
    if (result.used < wanted && !result.unproven) {
        result.unproven = true;
        result.used += of(fitness::unproven);
    }
    result.bad = result.used < wanted;
    if (result.bad) result.used += result.bad_used = of(fitness::bad);
    for (const candidate& server : servers)
        if (server.able
            && (server.fit == fitness::good || (server.fit == fitness::unproven && result.unproven)
                || (server.fit == fitness::held && result.held)))
            result.weight += static_cast<std::uint64_t>(server.weight);
    result.quorate = quorum.holds(result.weight, had_quorum);
    return result;
}

} // namespace weir::plane
