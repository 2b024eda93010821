#include "config/validate.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/device.h"

namespace weir::config {

namespace {

class validator {
public:
    validator(const unread_keys& unread, std::vector<problem>& problems)
        : unread_(unread), problems_(problems) {}

    void ports(const std::vector<port>& all) {
        if (all.size() > most_ports)
            wrong(all[most_ports].where, fmt::format("[port {}] is one too many: at most {} ports",
                                                     all[most_ports].name, most_ports));
        for (const port& p : all) {
            device(p);
            twin(p);
        }
    }

    void service(const service& s) {
        for (std::size_t i = 0; i < s.listen.size(); ++i)
            listener(s, i);
        if (s.servers.size() > most_servers)
            wrong(s.servers[most_servers].where,
                  fmt::format("one server too many: at most {} in a service", most_servers));
        note_ports(s);
        servers_.clear();
        for (const server& r : s.servers) {
            first_of_its_name(r);
            if (s.listen.empty() || unread_.contains({s.where, "forward"})) continue;
            family(s, r);
            if (!unread_.contains({s.where, "listen"})) keeps_port(s, r);
        }
        if (s.fallback) fallback(s, *s.fallback);
        persistence(s);
        if (s.quorum.hysteresis >= s.quorum.weight)
            wrong(place_of(s, "hysteresis"),
                  fmt::format("hysteresis: {} is not below the quorum of {}, so it could never be "
                              "lost: give at most {}",
                              s.quorum.hysteresis, s.quorum.weight, s.quorum.weight - 1));
    }

private:
    void wrong(const place& where, std::string text) {
        problems_.push_back({where, std::move(text)});
    }

    void device(const port& p) {
        if (p.device.empty() || unread_.contains({p.where, "vlan"})) return;
        for (const std::string& member : members_of(p.device)) {
            const std::string interface(interface_of(member));
            const std::string name = // of a vdev without its arguments
                interface.empty() ? member.substr(0, member.find(',')) : interface;
            const port* const first = whole_.try_emplace(name, &p).first->second;
            if (first->device != p.device)
                return wrong(
                    place_of(p, "device"),
                    fmt::format("`{}` is already a part of `{}` in [port {}] {}: give both "
                                "ports the same device and different `vlan =`",
                                name, first->device, first->name,
                                seen_from(p.where, first->where)));
        }
        const std::string name =
            bond_of(p.device) ? p.device : p.device.substr(0, p.device.find(','));
        const auto [other, fresh] = devices_.try_emplace({name, p.vlan}, &p);
        if (!fresh)
            wrong(place_of(p, p.vlan != 0 ? "vlan" : "device"),
                  fmt::format("`{}` with {} is already [port {}] {}: ports on one device "
                              "need different `vlan =`",
                              name, p.vlan != 0 ? fmt::format("VLAN {}", p.vlan) : "no VLAN",
                              other->second->name, seen_from(p.where, other->second->where)));
    }

    void twin(const port& p) {
        if (!p.twin) return;
        const auto [other, fresh] = twins_.try_emplace(*p.twin, &p);
        if (!fresh)
            wrong(place_of(p, "twin"),
                  fmt::format("`{}` is already the twin of [port {}] {}: give each port its "
                              "own",
                              *p.twin, other->second->name,
                              seen_from(p.where, other->second->where)));
    }

    void listener(const config::service& s, std::size_t i) {
        const endpoint& where = s.listen[i];
        const place line = place_of(s, "listen", s.listen_keys[i]);
        if (where.port == 0 && s.persistence.timeout.count() == 0
            && !unread_.contains({s.where, "persistence"}))
            wrong(line,
                  fmt::format("`{}` has port 0, all ports, which needs persistence, as in LVS: "
                              "give `persistence = SECONDS`, or a port",
                              to_string(where)));
        if (s.one_packet && where.proto != protocol::udp)
            wrong(line, fmt::format("`{}` is not UDP: `one-packet` is for services of UDP alone",
                                    to_string(where)));
        if (where.is_range()) range(s, where, line);
        std::string text = to_string(where);
        if (where.address.is_v4() != s.listen.front().address.is_v4())
            wrong(line,
                  fmt::format("`{}` is not {}, as the first listener of [service {}] is: make "
                              "a service of its own for it",
                              text, s.listen.front().address.is_v4() ? "IPv4" : "IPv6", s.name));
        const auto [other, fresh] = listeners_.try_emplace(std::move(text), taken{&s, line});
        if (!fresh)
            wrong(line, fmt::format("`{}` is already a listener of [service {}] {}: give it "
                                    "to one service, once",
                                    other->first, other->second.by->name,
                                    seen_from(line, other->second.line)));
    }

    /// Ranges of one address must not overlap; a single port may lie inside a range.
    void range(const config::service& s, const endpoint& where, const place& line) {
        auto& ranges = ranges_[to_string(endpoint{where.address, 0, where.proto})];
        const auto behind = ranges.upper_bound(where.last);
        if (behind != ranges.begin()) {
            const auto& [first, other] = *std::prev(behind);
            if (other.last >= where.port && (first != where.port || other.last != where.last))
                return wrong(line, fmt::format("`{}` overlaps a range of [service {}] {}: "
                                               "give each port to one",
                                               to_string(where), other.by->name,
                                               seen_from(line, other.line)));
        }
        ranges.try_emplace(where.port, taken_range{where.last, &s, line});
    }

    void note_ports(const config::service& s) {
        service_ports_.clear();
        for (const endpoint& where : s.listen) {
            service_ports_.push_back(where.port);
            if (where.is_range()) service_ports_.push_back(where.last);
        }
        if (s.listen.empty()) service_ports_.push_back(0);
        std::sort(service_ports_.begin(), service_ports_.end());
        service_ports_.erase(std::unique(service_ports_.begin(), service_ports_.end()),
                             service_ports_.end());
    }

    /// A server without a port uses every port of its service.
    void first_of_its_name(const server& r) {
        std::vector<std::uint16_t> ports{r.port};
        if (r.port == 0) ports = service_ports_;
        const place* before = nullptr;
        for (const std::uint16_t port : ports) {
            const auto [other, fresh] = servers_.try_emplace(to_string(r.address, port), &r.where);
            if (!fresh) before = other->second;
        }
        if (before == nullptr) return;
        const bool known_port = ports.front() != 0;
        wrong(r.where,
              fmt::format("server {} is already {}: give it once, with its whole weight",
                          known_port ? to_string(r.address, ports.front()) : to_string(r.address),
                          seen_from(r.where, *before)));
    }

    void family(const config::service& s, const server& r) {
        const bool v4 = s.listen.front().address.is_v4();
        if (s.forward.facts().crosses_families || r.address.is_v4() == v4) return;
        wrong(r.where, fmt::format("server {} is not {} as [service {}] is: give an {} address, or "
                                   "use `forward = tun`",
                                   to_string(r.address), v4 ? "IPv4" : "IPv6", s.name,
                                   v4 ? "IPv4" : "IPv6"));
    }

    void keeps_port(const config::service& s, const server& r) {
        if (r.port == 0 || s.forward.facts().changes_port) return;
        if (service_ports_.size() == 1 && service_ports_.front() == r.port) return;
        wrong(r.where,
              fmt::format("`forward = {}` cannot change the port to {}: leave `:{}` out, or "
                          "use `forward = nat`",
                          to_string(s.forward), r.port, r.port));
    }

    void fallback(const config::service& s, const server& f) {
        for (const server& r : s.servers) {
            if (r.address != f.address || (r.port != f.port && r.port != 0 && f.port != 0))
                continue;
            wrong(f.where, fmt::format("fallback: {} is a server of [service {}] {}: give "
                                       "another, or leave `fallback` out",
                                       to_string(f.address), s.name, seen_from(f.where, r.where)));
            break;
        }
        if (s.listen.empty() || unread_.contains({s.where, "forward"})) return;
        family(s, f);
        if (!unread_.contains({s.where, "listen"})) keeps_port(s, f);
    }

    void persistence(const config::service& s) {
        const config::persistence& p = s.persistence;
        if (p.timeout.count() == 0) {
            if (s.expire_quiescent && s.lines.contains("expire-quiescent")
                && !unread_.contains({s.where, "persistence"}))
                wrong(place_of(s, "expire-quiescent"),
                      "expire-quiescent: has no effect without persistence: give "
                      "`persistence = SECONDS`, or leave it out");
            return;
        }
        if (s.listen.empty() || !p.prefix) return;
        const bool v4 = s.listen.front().address.is_v4();
        if (p.as_mask && !v4)
            wrong(place_of(s, "persistence"),
                  fmt::format("persistence: mask= is for IPv4, [service {}] is IPv6: give prefix=, "
                              "as prefix=64",
                              s.name));
        else if (v4 && *p.prefix > 32)
            wrong(place_of(s, "persistence"),
                  fmt::format("persistence: prefix={} is longer than an IPv4 address: give at most "
                              "32",
                              *p.prefix));
    }

    struct taken {
        const config::service* by;
        place line;
    };

    struct taken_range {
        std::uint16_t last;
        const config::service* by;
        place line;
    };

    const unread_keys& unread_;
    std::vector<problem>& problems_;
    std::unordered_map<std::string, std::map<std::uint16_t, taken_range>>
        ranges_;                               ///< by first port
    std::map<std::string, const port*> whole_; ///< by a card or interface: the first that has it
    std::map<std::pair<std::string, std::uint16_t>, const port*> devices_; ///< and their VLANs
    std::map<std::string, const port*> twins_;
    std::unordered_map<std::string, taken> listeners_;
    std::vector<std::uint16_t> service_ports_; ///< of this service's listeners, each once
    std::unordered_map<std::string, const place*> servers_; ///< of this service, and where
};

} // namespace

void validate(const configuration& c, const unread_keys& unread, std::vector<problem>& problems) {
    validator v(unread, problems);
    v.ports(c.ports);
    for (const service& s : c.services)
        v.service(s);
}

} // namespace weir::config
