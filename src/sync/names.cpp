#include "sync/names.h"

#include <algorithm>
#include <array>

#include "net/hash.h"

namespace weir::sync {

std::size_t hash_of_name::operator()(const target_name& name) const noexcept {
    // Two keys with constant secrets: the same on every director.
    static const flow_hasher hasher;
    const std::uint64_t service =
        hasher({name.service.address, name.address, be16::from_host(name.service.port),
                be16::from_host(name.port), static_cast<std::uint32_t>(name.service.proto)});
    const auto how = static_cast<std::uint32_t>(name.forward.mode)
                     | static_cast<std::uint32_t>(name.forward.encap) << 8;
    return hasher({{service, name.service.last}, {}, {}, {}, how});
}

name_map::name_map(const std::vector<item>& items) {
    target_id end = 0;
    for (const item& i : items)
        end = std::max(end, i.id + 1);
    by_id_.resize(end);
    by_name_.reserve(items.size());
    for (const item& i : items) {
        by_id_[i.id] = i;
        // Of two with one name the configured one is meant: the other only ends its connections.
        const auto [place, fresh] = by_name_.try_emplace(i.name, i.id);
        if (!fresh && i.configured) place->second = i.id;
        if (i.configured) fingerprint_ += hash_of_name{}(i.name); // in any order
    }
}

} // namespace weir::sync
