// The multicast groups of a director: VRRP's, and those that neighbours ask for the IPv6 VIPs it
// has.

#include <algorithm>

#include "director/failover.h"
#include "net/answer_link.h"

namespace weir::director {

/// A VIP of a service is asked for on each port, one of a group also on the group's port, and a
/// shared one only while this director holds it: to another's switch port its solicitations would
/// only be noise, and a switch that limits groups would spend its room on them.
void failover::join_groups() {
    linux::memberships::wanted groups;
    std::unordered_set<ip_address> elsewhere;
    for (const known_group& g : groups_) {
        const bool held = ha::holds(g.told);
        for (const config::vrrp& v : g.sections) {
            const auto port = static_cast<port_id>(
                std::find(port_names_.begin(), port_names_.end(), v.port) - port_names_.begin());
            if (v.unicast.empty()) groups.emplace(port, vrrp_group(v.addresses.front().is_v6()));
            for (const auto* list : {&v.addresses, &v.unadvertised})
                for (const ip_address& address : *list) {
                    if (!held) elsewhere.insert(address);
                    if (held && address.is_v6()) groups.emplace(port, solicited_node(address));
                }
        }
    }
    for (const ip_address& address : of_services_)
        if (!elsewhere.contains(address))
            for (std::size_t port = 0; port < ports_.size(); ++port)
                groups.emplace(static_cast<port_id>(port), solicited_node(address));
    memberships_.set(groups);
}

} // namespace weir::director
