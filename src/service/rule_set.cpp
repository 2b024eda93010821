#include "service/rule_set.h"

#include <algorithm>
#include <bit>
#include <optional>

namespace weir::inline service {

namespace {

/// The address of all hosts of an IPv4 network (RFC 919); point-to-point links have none (RFC
/// 3021).
std::optional<ip_address> directed_broadcast(const prefix& address) {
    if (address.address.is_v6() || address.length > 30) return std::nullopt;
    const std::uint32_t hosts = UINT32_MAX >> address.length;
    return ip_address::v4(be32::from_host(address.address.as_v4().host() | hosts));
}

} // namespace

void rule_set::address_index::build(const std::vector<std::pair<ip_address, address_role>>& items) {
    slots_.assign(std::bit_ceil(items.size() * 2 + 2), {});
    for (const auto& item : items) {
        std::size_t i = std::hash<ip_address>{}(item.first) >> 32;
        auto* slot = &slots_[i & (slots_.size() - 1)];
        while (slot->second.known() && slot->first != item.first)
            slot = &slots_[++i & (slots_.size() - 1)];
        address_role& role = slot->second;
        if (!role.known()) {
            *slot = item;
        } else if (!role.own) {
            role.serves |= item.second.serves;
            role.answers |= item.second.answers;
            role.broadcast |= item.second.broadcast;
        }
    }
}

rule_set::rule_set(contents c) : contents_(std::move(c)) {
    for (std::uint16_t device = 0; device < untagged_.size(); ++device) {
        const port_id port = port_of(device, 0);
        untagged_[device] = port == max_ports ? link_address::none()
                                              : link_address(contents_.ports[port].mac, port);
    }
    for (std::size_t i = 0; i < contents_.ports.size(); ++i) {
        const port_rule& port = contents_.ports[i];
        checks_sources_ |= port.check != source_check::off;
        ways_out_[i] = {{port.mac, static_cast<port_id>(i)},
                        port.device,
                        port.vlan == 0 ? port.mtu : std::uint16_t{0}};
    }

    std::size_t listeners = 0;
    for (const auto& service : contents_.services)
        listeners += service->listen.size();
    services_.resize(std::bit_ceil(listeners * 2 + 2));
    mask_ = services_.size() - 1;

    std::vector<std::pair<ip_address, address_role>> addresses;
    for (const port_rule& port : contents_.ports)
        for (const prefix& address : port.addresses) {
            addresses.emplace_back(address.address, address_role{.own = true});
            if (const auto all = directed_broadcast(address))
                addresses.emplace_back(*all, address_role{.broadcast = true});
        }
    for (const auto& service : contents_.services) {
        one_packet_nat_ |= service->one_packet && replies_return(service->mode);
        for (const endpoint& where : service->listen) {
            addresses.emplace_back(where.address,
                                   address_role{.serves = true, .answers = service->answers});
            wide_ |= !where.is_exact();
            if (where.is_range()) {
                ranges_[where.address].push_back({where, service.get()});
                continue;
            }
            const service_key key{where.address, be16::from_host(where.port),
                                  static_cast<std::uint8_t>(where.proto)};
            std::size_t i = key.hash();
            while (services_[i & mask_].rule != nullptr)
                ++i;
            services_[i & mask_] = {key, service.get()};
        }
        const auto add = [&](const server_view& server, target_id id) {
            helpers_.insert(server.address);
            const mode_facts& mode = facts_of(service->mode);
            if (mode.replies_return)
                replies_[server.address].push_back({service.get(), id, server.port});
            if (mode.tunnels) tunnels_[server.address].push_back(id);
        };
        for (std::size_t i = 0; i < service->servers.size(); ++i)
            add(service->servers[i], service->targets[i]);
        if (service->fallback != 0) add(service->fallback_view, service->fallback);
    }
    for (const shared_address& shared : contents_.shared) {
        addresses.emplace_back(shared.address, address_role{.serves = true, .answers = true});
        groups_.emplace(shared.address, shared);
        if (shared.is_virtual() && group_of(shared.mac, shared.port) == 0)
            virtual_macs_.push_back(shared);
    }
    helpers_.insert(contents_.peers.begin(), contents_.peers.end());
    addresses_.build(addresses);
    for (auto& [address, ranges] : ranges_)
        std::ranges::sort(ranges, {}, [](const range_of_ports& r) {
            return std::pair{r.where.proto, r.where.port};
        });
}

const service_rule* rule_set::find_range(const ip_address& address, be16 port,
                                         std::uint8_t proto) const noexcept {
    const auto found = ranges_.find(address);
    if (found == ranges_.end()) return nullptr;
    const std::pair wanted{static_cast<protocol>(proto), port.host()};
    const auto behind =
        std::ranges::upper_bound(found->second, wanted, {}, [](const range_of_ports& r) {
            return std::pair{r.where.proto, r.where.port};
        });
    if (behind == found->second.begin()) return nullptr;
    const range_of_ports& last = *std::prev(behind);
    return last.where.proto == wanted.first && last.where.covers(wanted.second) ? last.rule
                                                                                : nullptr;
}

rule_set::reply_owner rule_set::find_reply(const ip_address& server, be16 port, std::uint8_t proto,
                                           bool one_packet) const noexcept {
    const auto found = replies_.find(server);
    if (found == replies_.end()) return {};
    for (const nat_server& owner : found->second) {
        if (one_packet && !owner.rule->one_packet) continue;
        for (const endpoint& where : owner.rule->listen) {
            const bool its =
                owner.port != 0 ? owner.port == port.host() : where.covers(port.host());
            if (static_cast<std::uint8_t>(where.proto) != proto || !its) continue;
            // The port the client asked for; of several that lead to one port, any.
            const be16 vip_port = owner.port != 0 ? be16::from_host(where.port) : port;
            return {owner.rule, owner.target, where.address, vip_port};
        }
    }
    return {};
}

port_id rule_set::port_of(std::uint16_t device, std::uint16_t vlan) const noexcept {
    for (std::size_t i = 0; i < contents_.ports.size(); ++i)
        if (contents_.ports[i].device == device && contents_.ports[i].vlan == vlan)
            return static_cast<port_id>(i);
    return max_ports;
}

} // namespace weir::inline service
