// Whether the `[peer]` sections fit together, and to the director.

#include <map>
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
    std::map<std::string, const peer*> ways;
    for (const peer& p : c.peers) {
        if (p.links.size() > most_links)
            problems.push_back({place_of(p, "link", most_links),
                                fmt::format("link: one too many: at most {}", most_links)});
        for (std::size_t i = 0; i < p.links.size(); ++i) {
            std::string way = name_of(p.links[i]);
            if (p.links[i].kind == link_kind::disk) way += fmt::format(" write={}", p.links[i].own);
            const auto [same, first] = ways.try_emplace(way, &p);
            if (!first)
                problems.push_back({place_of(p, "link", i),
                                    fmt::format("link: {} is given twice: give each link of a "
                                                "peer its own way",
                                                way)});
        }
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
