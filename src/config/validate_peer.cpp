// Whether the `[peer]` sections fit together, and to the director.

#include <unordered_map>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/validate.h"

namespace weir::config {

void validate_peers(const configuration& c, const unread_keys& unread,
                    std::vector<problem>& problems) {
    if (c.peers.size() > most_peers)
        problems.push_back(
            {c.peers[most_peers].where, fmt::format("[peer {}] is one too many: at most {} peers",
                                                    c.peers[most_peers].name, most_peers)});
    std::unordered_map<ip_address, const peer*> known;
    for (const peer& p : c.peers) {
        if (p.key.empty() && c.director.key.empty() && !unread.contains({p.where, "key"})
            && !unread.contains({c.director.where, "key"}))
            problems.push_back(
                {p.where, fmt::format("[peer {}] has no `key`, and [director] has none either: "
                                      "`openssl rand -hex 32 > FILE`, chmod 600, copy it to the "
                                      "other director, and write `key = FILE`",
                                      p.name)});
        if (p.address.is_none()) continue;
        if (!p.source.is_none() && p.source.is_v4() != p.address.is_v4())
            problems.push_back(
                {place_of(p, "source"),
                 fmt::format("source: {} is not {} as the peer's address is", to_string(p.source),
                             p.address.is_v4() ? "IPv4" : "IPv6")});
        if (p.source == p.address)
            problems.push_back({place_of(p, "source"),
                                "source: that is the peer's address: give this director's own"});
        const auto [other, fresh] = known.try_emplace(p.address, &p);
        if (!fresh)
            problems.push_back({place_of(p, "address"),
                                fmt::format("address: {} is already the address of [peer {}] {}",
                                            to_string(p.address), other->second->name,
                                            seen_from(p.where, other->second->where))});
    }
}

} // namespace weir::config
