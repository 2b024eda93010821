// What the configuration means for the heart (ha/plan.h) and for workers.

#include <algorithm>

#include "director/failover.h"
#include "net/vrrp.h"

namespace weir::director {

namespace {

mac_address virtual_mac_of(const config::vrrp& v) {
    return vrrp_mac(v.addresses.front().is_v6(), v.id);
}

bool is_link_local(const ip_address& a) {
    return a.is_v6() && (a.high & 0xc0ff) == 0x80fe; // fe80::/10
}

} // namespace

std::vector<ip_address> failover::sources() const {
    std::vector<ip_address> all;
    for (const known_group& g : groups_)
        for (const config::vrrp& v : g.sections)
            all.push_back(source_of(v));
    return all;
}

/// Where advertisements come from: what the file says, else the port's first address of the family;
/// to a group IPv6 speaks from a link-local one.
ip_address failover::source_of(const config::vrrp& v) const {
    if (v.source) return *v.source;
    const port_id port = port_of(v);
    const port_rule& rule = plane_.ports()[port];
    const bool v6 = v.addresses.front().is_v6();
    if (!v6 || !v.unicast.empty()) return v6 ? rule.v6 : rule.v4;
    if (const port::twin* twin = ports_.twins()[port]; twin != nullptr) return twin->link_local();
    for (const prefix& p : rule.addresses)
        if (is_link_local(p.address)) return p.address;
    return {};
}

ha::group_plan failover::plan_of(const known_group& g) const {
    const config::vrrp& first = g.sections.front();
    const ha::group_settings settings{.priority = first.priority,
                                      .interval = first.interval,
                                      .preempt = first.preempt,
                                      .preempt_delay = first.preempt_delay,
                                      .linger = first.linger};
    std::vector<ha::router> voters;
    std::vector<ha::router_plan> routers;
    for (std::size_t i = 0; i < g.sections.size(); ++i) {
        const config::vrrp& v = g.sections[i];
        const port_id port = port_of(v);
        const port_rule& rule = plane_.ports()[port];
        ha::router_plan& r = routers.emplace_back();
        r.name = v.name;
        r.port = port;
        r.device = rule.device;
        r.vlan = rule.vlan;
        r.mac = v.virtual_mac ? virtual_mac_of(v) : rule.mac;
        r.id = v.id;
        r.source = source_of(v);
        r.unicast = v.unicast;
        r.advertised = v.addresses;
        r.announced = v.addresses;
        r.announced.insert(r.announced.end(), v.unadvertised.begin(), v.unadvertised.end());
        r.learns_form = v.checksum == config::checksum_choice::automatic;
        r.form = v.checksum == config::checksum_choice::pseudo ? vrrp_checksum::pseudo
                                                               : vrrp_checksum::plain;
        r.counts = g.of_routers[i];
        voters.push_back(ha::router{.version = v.version, .source = r.source});
    }
    return {.name = g.name,
            .id = g.id,
            .machine = ha::group(settings, std::move(voters)),
            .routers = std::move(routers),
            .counts = g.counts,
            .orders = g.orders};
}

port_id failover::port_of(const config::vrrp& v) const {
    return static_cast<port_id>(std::ranges::find(port_names_, v.port) - port_names_.begin());
}

std::vector<shared_address> failover::shared() const {
    std::vector<shared_address> all;
    for (const known_group& g : groups_)
        for (const config::vrrp& v : g.sections)
            for (const auto* list : {&v.addresses, &v.unadvertised})
                for (const ip_address& address : *list)
                    all.push_back({address, g.id, port_of(v),
                                   v.virtual_mac ? virtual_mac_of(v) : mac_address{}});
    return all;
}

std::vector<shared_router> failover::routers() const {
    std::vector<shared_router> all;
    for (const known_group& g : groups_)
        for (const config::vrrp& v : g.sections)
            all.push_back({port_of(v), v.id, v.addresses.front().is_v6()});
    return all;
}

} // namespace weir::director
