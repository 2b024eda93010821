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
        if (s.checks.empty() && s.lines.contains("slow-start")
            && !unread_.contains({s.where.line, "check"}))
            wrong(place_of(s, "slow-start"),
                  fmt::format("slow-start needs checks to see a server recover, and "
                              "[service {}] has no `check =`",
                              s.name));
        for (std::size_t i = 0; i < s.checks.size(); ++i) {
            const check& c = s.checks[i];
            for (const server& r : s.servers)
                if (c.from && c.from->is_v4() != r.address.is_v4()) {
                    wrong(place_of(s, "check", i),
                          fmt::format("check: from={} is not {} as server {} is",
                                      to_string(*c.from), r.address.is_v4() ? "IPv4" : "IPv6",
                                      to_string(r.address)));
                    break;
                }
            if (c.to == destination::vip) goes_to_vip(s, c, place_of(s, "check", i));
            const bool own_port = c.port == 0 && c.type != check_type::icmp
                                  && c.type != check_type::script && !s.listen.empty();
            if (own_port && s.listen.front().proto == protocol::sctp)
                wrong(
                    place_of(s, "check", i),
                    fmt::format("check: {0} checks do not speak SCTP, as [service {1}] does: give "
                                "port=N of something on its servers that answers to {0}, or "
                                "check = icmp or script",
                                to_string(c.type), s.name));
            else if (own_port && s.listen.front().port == 0
                     && std::any_of(s.servers.begin(), s.servers.end(),
                                    [](const server& r) { return r.port == 0; }))
                wrong(place_of(s, "check", i),
                      "check: the service listens on all ports, so a check needs one of them: "
                      "give port=N");
        }
    }

private:
    void wrong(const place& where, std::string text) {
        problems_.push_back({where, std::move(text)});
    }

    /// Servers of DR and TUN have the VIP. If the VIP is also the director's own address, their
    /// replies would not return.
    void goes_to_vip(const config::service& s, const check& c, const place& line) {
        if (s.listen.empty() || unread_.contains({s.where.line, "listen"})
            || unread_.contains({s.where.line, "forward"}))
            return;
        if (!s.forward.facts().keeps_vip)
            return wrong(line,
                         fmt::format("check: to=vip needs servers that have the VIP, and those "
                                     "of `forward = {}` do not: leave it out, or "
                                     "use `forward = dr` or `tun`",
                                     to_string(s.forward)));
        const ip_address& vip = s.listen.front().address;
        for (const server& r : s.servers)
            if (r.address.is_v4() != vip.is_v4())
                return wrong(line, fmt::format("check: to=vip needs servers of the VIP's family, "
                                               "and {} is not {}: leave it out, or give an {} "
                                               "address",
                                               to_string(r.address), vip.is_v4() ? "IPv4" : "IPv6",
                                               vip.is_v4() ? "IPv4" : "IPv6"));
        for (const port& p : ports_)
            if (std::any_of(p.addresses.begin(), p.addresses.end(),
                            [&](const prefix& own) { return own.address == vip; })
                && (!c.from || *c.from == vip))
                return wrong(line, fmt::format("check: to=vip: {} is also an address of [port {}], "
                                               "so servers would answer to themselves: remove "
                                               "it there, since weir itself answers for VIPs, or "
                                               "give from= another address of the director",
                                               to_string(vip), p.name));
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
