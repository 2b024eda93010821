// Whether checks fit their services, servers and ports.

#include <algorithm>

#include <fmt/format.h>

#include "config/validate.h"

namespace weir::config {

namespace {

class check_validator {
public:
    check_validator(const configuration& c, const unread_keys& unread,
                    std::vector<problem>& problems)
        : ports_(c.ports), unread_(unread), problems_(problems) {}

    void checks(const config::service& s) {
        const bool none = s.checks.empty() && std::ranges::all_of(s.servers, [](const server& r) {
                              return !r.checks || r.checks->empty();
                          });
        if (none && s.lines.contains("slow-start") && !unread_.contains({s.where, "check"}))
            wrong(place_of(s, "slow-start"),
                  fmt::format("slow-start needs checks to see a server recover, and "
                              "[service {}] has no `check =`",
                              s.name));
        std::vector<const server*> of_service;
        for (const server& r : s.servers) {
            if (!r.checks) {
                of_service.push_back(&r);
                continue;
            }
            for (const check& c : *r.checks)
                one(s, c, {&r}, r.where, "server: check");
        }
        for (std::size_t i = 0; i < s.checks.size(); ++i)
            one(s, s.checks[i], of_service, place_of(s, "check", std::min(i, last_line(s))),
                "check");
    }

private:
    void wrong(const place& where, std::string text) {
        problems_.push_back({where, std::move(text)});
    }

    /// A line with a [check] may stand for several.
    static std::size_t last_line(const config::service& s) {
        const auto found = s.lines.find("check");
        return found == s.lines.end() ? 0 : found->second.size() - 1;
    }

    /// A check and the servers that it asks.
    void one(const config::service& s, const check& c, const std::vector<const server*>& of,
             const place& line, const char* key) {
        for (const server* const r : of)
            if (c.from && c.from->is_v4() != r->address.is_v4()) {
                wrong(line,
                      fmt::format("{}: from={} is not {} as server {} is", key, to_string(*c.from),
                                  r->address.is_v4() ? "IPv4" : "IPv6", to_string(r->address)));
                break;
            }
        if (c.to == destination::vip) goes_to_vip(s, c, of, line, key);
        const bool own_port = c.port == 0 && c.type != check_type::icmp
                              && c.type != check_type::script && !s.listen.empty();
        if (own_port && s.listen.front().proto == protocol::sctp)
            wrong(line, fmt::format("{2}: {0} checks do not speak SCTP, as [service {1}] does: "
                                    "give port=N of something on its servers that answers to {0}, "
                                    "or check = icmp or script",
                                    to_string(c.type), s.name, key));
        else if (own_port && s.listen.front().port == 0
                 && std::ranges::any_of(of, [](const server* r) { return r->port == 0; }))
            wrong(line, fmt::format("{}: the service listens on all ports, so a check needs one "
                                    "of them: give port=N",
                                    key));
    }

    /// Servers of DR and TUN have the VIP. If the VIP is also the director's own address, their
    /// replies would not return.
    void goes_to_vip(const config::service& s, const check& c, const std::vector<const server*>& of,
                     const place& line, const char* key) {
        if (s.listen.empty() || unread_.contains({s.where, "listen"})
            || unread_.contains({s.where, "forward"}))
            return;
        if (!s.forward.facts().keeps_vip)
            return wrong(line, fmt::format("{}: to=vip needs servers that have the VIP, and those "
                                           "of `forward = {}` do not: leave it out, or "
                                           "use `forward = dr` or `tun`",
                                           key, to_string(s.forward)));
        const ip_address& vip = s.listen.front().address;
        for (const server* const r : of)
            if (r->address.is_v4() != vip.is_v4())
                return wrong(line,
                             fmt::format("{}: to=vip needs servers of the VIP's family, "
                                         "and {} is not {}: leave it out, or give an {} "
                                         "address",
                                         key, to_string(r->address), vip.is_v4() ? "IPv4" : "IPv6",
                                         vip.is_v4() ? "IPv4" : "IPv6"));
        for (const port& p : ports_)
            if (std::any_of(p.addresses.begin(), p.addresses.end(),
                            [&](const prefix& own) { return own.address == vip; })
                && (!c.from || *c.from == vip))
                return wrong(line, fmt::format("{}: to=vip: {} is also an address of [port {}], "
                                               "so servers would answer to themselves: remove "
                                               "it there, since weir itself answers for VIPs, or "
                                               "give from= another address of the director",
                                               key, to_string(vip), p.name));
    }

    const std::vector<port>& ports_;
    const unread_keys& unread_;
    std::vector<problem>& problems_;
};

} // namespace

void validate_checks(const configuration& c, const unread_keys& unread,
                     std::vector<problem>& problems) {
    check_validator v(c, unread, problems);
    for (const service& s : c.services)
        v.checks(s);
}

} // namespace weir::config
