// Whether Linux can set the routes of ports: each router is on its port's link, and each network
// has one route.

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/validate.h"

namespace weir::config {

namespace {

class route_validator {
public:
    route_validator(const unread_keys& unread, std::vector<problem>& problems)
        : unread_(unread), problems_(problems) {}

    void port(const config::port& p) {
        for (const static_route& r : p.routes) {
            if (!p.twin && !unread_.contains({p.where, "twin"}))
                wrong(r, fmt::format("[port {0}] has no twin to set it on: give `twin = weir-{0}`",
                                     p.name));
            else
                router(p, r);
            other(p, r);
        }
    }

private:
    struct known_route {
        const config::port* on;
        const static_route* route;
    };

    void wrong(const static_route& r, const std::string& text) {
        problems_.push_back({r.where, fmt::format("{}: {}", r.key, text)});
    }

    void router(const config::port& p, const static_route& r) {
        static const prefix link_local{*parse_address("fe80::"), 10};
        if (link_local.contains(r.via) || unread_.contains({p.where, "address"})) return;
        std::vector<std::string> networks;
        for (const prefix& own : p.addresses) {
            if (own.address == r.via)
                return wrong(r, fmt::format("{} is this port's own address: give the router's",
                                            to_string(r.via)));
            if (own.address.is_v4() != r.via.is_v4()) continue;
            if (own.contains(r.via)) return;
            networks.push_back(to_string(prefix{own.first(), own.length}));
        }
        if (networks.empty())
            return wrong(r, fmt::format("[port {}] has no {} address to reach {} from: give it "
                                        "an `address =`",
                                        p.name, r.via.is_v4() ? "IPv4" : "IPv6", to_string(r.via)));
        wrong(r, fmt::format("{} is not on this port's link: give a router in {}", to_string(r.via),
                             fmt::join(networks, " or ")));
    }

    void other(const config::port& p, const static_route& r) {
        const auto same = std::ranges::find_if(known_, [&](const known_route& each) {
            return each.route->to == r.to && each.route->metric == r.metric;
        });
        if (same == known_.end()) return known_.push_back({&p, &r});
        wrong(r,
              fmt::format("{} is already routed by [port {}] {}: give one router, or another "
                          "metric=",
                          to_string(r.to), same->on->name, seen_from(r.where, same->route->where)));
    }

    const unread_keys& unread_;
    std::vector<problem>& problems_;
    std::vector<known_route> known_;
};

} // namespace

void validate_routes(const configuration& c, const unread_keys& unread,
                     std::vector<problem>& problems) {
    route_validator v(unread, problems);
    for (const port& p : c.ports)
        v.port(p);
}

} // namespace weir::config
