// Whether services that routers find by a route (`announce = route`) can be found so.

#include <algorithm>

#include <fmt/format.h>

#include "config/validate.h"

namespace weir::config {

void validate_announcements(const configuration& c, std::vector<problem>& problems) {
    const bool twin = std::any_of(c.ports.begin(), c.ports.end(),
                                  [](const port& p) { return p.twin.has_value(); });
    for (const service& s : c.services) {
        if (!s.announce_route) continue;
        const place where = place_of(s, "announce");
        if (!twin && !c.ports.empty())
            problems.push_back({where, "announce: a route leads to the twin of a port, and no port "
                                       "has one: give a port `twin = NAME`"});
        for (const vrrp& v : c.vrrps)
            for (const endpoint& e : s.listen)
                if (std::find(v.addresses.begin(), v.addresses.end(), e.address)
                    != v.addresses.end())
                    problems.push_back(
                        {where, fmt::format("announce: {} is an address of [vrrp {}], which one "
                                            "director holds; by routes all serve it: leave out one "
                                            "of the two",
                                            to_string(e.address), v.name)});
    }
}

} // namespace weir::config
