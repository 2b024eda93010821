#include "config/validate.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

namespace weir::config {

namespace {

class validator {
public:
    validator(const configuration& c, const std::vector<std::string>& schedulers,
              std::vector<problem>& problems)
        : config_(c), schedulers_(schedulers), problems_(problems) {}

    void run() {
        director();
        ports();
        for (const config::service& service : config_.services) {
            listeners(service);
            scheduler(service);
            servers(service);
        }
    }

private:
    void wrong(const place& where, std::string text) {
        problems_.push_back({where, std::move(text)});
    }

    void director() {
        std::set<unsigned> seen;
        for (const unsigned cpu : config_.director.workers)
            if (!seen.insert(cpu).second)
                wrong(config_.director.where, fmt::format("workers: CPU {} is given twice", cpu));
        if (config_.director.workers.size() > 128)
            wrong(config_.director.where, "workers: at most 128");
    }

    void ports() {
        if (config_.ports.empty())
            wrong({config_.file, 0}, "no port; a director needs at least one `[port NAME]`");
        if (config_.ports.size() > 32) wrong(config_.ports[32].where, "at most 32 ports");
        std::map<std::pair<std::string, std::uint16_t>, const port*> devices;
        std::map<std::string, const port*> twins;
        for (const port& p : config_.ports) {
            if (p.device.empty()) {
                wrong(p.where, fmt::format("[port {}] needs `device =`: a PCI address, xdp:IF, "
                                           "packet:IF or a DPDK vdev",
                                           p.name));
                continue;
            }
            if (const auto [other, fresh] = devices.try_emplace({p.device, p.vlan}, &p); !fresh)
                wrong(p.where, fmt::format("[port {}] has the device of [port {}] on line {}; two "
                                           "ports on one device need different `vlan =`",
                                           p.name, other->second->name, other->second->where.line));
            if (!p.twin) continue;
            if (const auto [other, fresh] = twins.try_emplace(*p.twin, &p); !fresh)
                wrong(p.where,
                      fmt::format("twin `{}` is already that of [port {}] on line {}", *p.twin,
                                  other->second->name, other->second->where.line));
        }
    }

    void listeners(const service& s) {
        if (s.listen.empty())
            return wrong(s.where,
                         fmt::format("[service {}] needs `listen = ADDRESS:PORT/tcp`", s.name));
        for (const endpoint& where : s.listen) {
            const std::string text = to_string(where);
            if (const auto [other, fresh] = listeners_.try_emplace(text, &s); !fresh)
                wrong(s.where, fmt::format("{} is already a listener of [service {}] on line {}",
                                           text, other->second->name, other->second->where.line));
            if (!is_host(where.address))
                wrong(s.where, fmt::format("{} is not an address a host can have", text));
            if (where.address.is_v4() != s.listen.front().address.is_v4())
                wrong(s.where, fmt::format("{}: all listeners of a service are IPv4 or all IPv6; "
                                           "make a second service",
                                           text));
        }
    }

    void scheduler(const service& s) {
        if (std::find(schedulers_.begin(), schedulers_.end(), s.scheduler) == schedulers_.end())
            wrong(s.where, fmt::format("[service {}]: there is no scheduler `{}`; {}", s.name,
                                       s.scheduler, suggestion(s.scheduler, schedulers_)));
    }

    void servers(const service& s) {
        if (s.listen.empty()) return;
        const std::uint16_t service_port = s.listen.front().port;
        const bool keeps_port = s.forward == forwarding::dr || s.forward == forwarding::tun;
        std::unordered_map<std::string, unsigned> seen;
        for (const server& r : s.servers) {
            const std::uint16_t port = r.port != 0 ? r.port : service_port;
            const std::string text = to_string(r.address, port);
            if (const auto [line, fresh] = seen.try_emplace(text, r.where.line); !fresh)
                wrong(r.where, fmt::format("server {} is already on line {}", text, line->second));
            if (!is_host(r.address))
                wrong(r.where,
                      fmt::format("{} is not an address a host can have", to_string(r.address)));
            if (s.forward != forwarding::tun
                && r.address.is_v4() != s.listen.front().address.is_v4())
                wrong(r.where,
                      fmt::format("server {} is not of the service's family; only `forward "
                                  "= tun` can cross",
                                  to_string(r.address)));
            if (keeps_port && r.port != 0
                && std::any_of(s.listen.begin(), s.listen.end(),
                               [&](const endpoint& e) { return e.port != r.port; }))
                wrong(r.where, fmt::format("dr and tun cannot change the port: leave `:{}` out, or "
                                           "use `forward = nat`",
                                           r.port));
        }
    }

    static bool is_host(const ip_address& a) {
        const auto bytes = a.bytes();
        if (a.is_v4()) return bytes[12] != 0 && bytes[12] != 127 && bytes[12] < 224;
        return !a.is_none() && bytes[0] != 0xff && a != parse_address("::1");
    }

    const configuration& config_;
    const std::vector<std::string>& schedulers_;
    std::vector<problem>& problems_;
    std::unordered_map<std::string, const service*> listeners_;
};

} // namespace

void validate(const configuration& c, const std::vector<std::string>& schedulers,
              std::vector<problem>& problems) {
    validator(c, schedulers, problems).run();
}

} // namespace weir::config
