#include "config/succession.h"

#include <string>
#include <unordered_map>

namespace weir::config {

std::vector<std::optional<std::size_t>> predecessors(std::span<const called> before,
                                                     std::span<const called> now) {
    std::vector<std::optional<std::size_t>> found(now.size());
    std::vector<bool> taken(before.size());
    const auto match = [&](auto&& key_of) {
        // Of several with one key the first: running services stand before those that ended.
        std::unordered_map<std::string, std::size_t> known;
        for (std::size_t i = 0; i < before.size(); ++i)
            if (!taken[i]) known.try_emplace(key_of(before[i]), i);
        for (std::size_t i = 0; i < now.size(); ++i) {
            if (found[i]) continue;
            const auto at = known.find(key_of(now[i]));
            if (at == known.end() || taken[at->second]) continue;
            found[i] = at->second;
            taken[at->second] = true;
        }
    };
    match([](const called& c) { return std::string(c.section); });
    match([](const called& c) { return to_string(c.name.first); });
    return found;
}

} // namespace weir::config
