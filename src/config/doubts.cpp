#include "config/doubts.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::config {

namespace {

bool is_on_link(const port& p, const ip_address& server) {
    return std::ranges::any_of(p.addresses, [&](const prefix& own) { return own.contains(server); })
           || std::ranges::any_of(p.neighbours,
                                  [&](const auto& each) { return each.address == server; });
}

/// Are the networks of this family on the port known? A twin without an `address` gets its own from
/// Linux.
bool knows_links(const port& p, bool v4) {
    return !p.twin || std::ranges::any_of(p.addresses, [&](const prefix& own) {
        return own.address.is_v4() == v4;
    });
}

} // namespace

std::vector<problem> doubts(const configuration& c) {
    std::vector<problem> all;
    for (const service& s : c.services) {
        if (s.forward.mode != forward_mode::dr) continue;
        const auto look = [&](const server& r) {
            const bool v4 = r.address.is_v4();
            for (const port& p : c.ports)
                if (!knows_links(p, v4) || is_on_link(p, r.address)) return;
            all.emplace_back(
                r.where,
                fmt::format("[service {}] server {} is on no network of a port's `address`, and "
                            "`forward = dr` does not pass routers: it will be not_on_link, and "
                            "not used; give a port an `address` in its network, or use `forward "
                            "= tun`",
                            s.name, to_string(r.address)));
        };
        for (const server& r : s.servers)
            look(r);
        if (s.fallback) look(*s.fallback);
    }
    return all;
}

} // namespace weir::config
