#pragma once

// What workers know of the configuration: which services there are, how each forwards, which ports
// and addresses are ours. A rule set is immutable; the control core builds a new one for every
// change and swaps one pointer (service/grace.h). Services that did not change are shared between
// rule sets, so a reload of ten thousand services that changes one builds one.

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "flow/state.h"
#include "flow/target.h"
#include "net/source_check.h"
#include "net/types.h"
#include "service/neighbours.h"
#include "service/persistence.h"
#include "service/slot_table.h"
#include "service/table_share.h"
#include "weir/scheduler.h"

namespace weir::inline service {

/// What an address is to this director.
struct address_role {
    bool serves = false;    ///< services listen there: its packets are not Linux's
    bool answers = false;   ///< we speak as it: ARP, neighbour discovery, ping, resets, ICMP errors
    bool own = false;       ///< of a port's twin: Linux's, whatever listens there
    bool broadcast = false; ///< the directed broadcast of a port's network
    bool known() const noexcept { return serves || answers || own || broadcast; }
    /// Never the source of a packet from a port: who claims it is lying (RFC 1812 section 5.3.7).
    bool never_sends() const noexcept { return known(); }
};

/// A service as workers see it.
struct service_rule {
    std::string name;
    std::vector<endpoint> listen;
    std::string scheduler_name;
    std::vector<std::string> scheduler_options;
    flow_timeouts timeouts;
    forward_mode mode = forward_mode::dr; ///< of its servers, but for those that are local
    bool one_packet = false;              ///< every packet is scheduled, nothing is remembered
    std::vector<target_id> targets;       ///< slots of its servers, in the order of the file
    std::vector<server_view> servers;     ///< the same, for the scheduler
    std::unique_ptr<scheduler> chooser;
    std::shared_ptr<const slot_table> slots; ///< null = no packet is placed without state
    std::shared_ptr<table_share> share;      ///< of the table; null = as much as there is
    persistence_rule persistence;
    bool answers = true;    ///< we answer for its addresses
    bool alike = false;     ///< its scheduler chooses the same server at every director
    target_id fallback = 0; ///< slot of the server for connections no other can take; 0 = none
    server_view fallback_view;

    /// The server slot for a flow; 0 when there is none to give. Workers.
    target_id pick(const new_flow& flow) const noexcept {
        const std::uint32_t at = chooser->pick(flow);
        return at < targets.size() ? targets[at] : 0;
    }
    /// The server slot that every worker, and every director with the same key, derives for this
    /// flow without state; 0 when there is none. `hash`: by director_state::slot_hasher.
    target_id derive(std::uint64_t hash) const noexcept { return slots ? slots->newest(hash) : 0; }
};

/// A logical port as workers see it.
struct port_rule {
    std::string name;
    std::uint16_t device = 0; ///< DPDK port id
    std::uint16_t vlan = 0;   ///< 0 = untagged
    std::uint16_t mtu = 1500; ///< largest IP packet, bytes
    mac_address mac;
    bool twin = false;
    source_check check = source_check::off;
    std::vector<prefix> addresses; ///< of the twin, as Linux has them now
    ip_address v4; ///< the first IPv4 and IPv6 address, for what we send ourselves; none if none
    ip_address v6;
    friend bool operator==(const port_rule&, const port_rule&) = default;
};

/// What an ordinary packet needs to know of the port it leaves through.
struct untagged_way {
    link_address own;         ///< the port's
    std::uint16_t device = 0; ///< DPDK port id
    std::uint16_t mtu = 0;    ///< 0 when frames are tagged there: then it is no ordinary packet
};
static_assert(sizeof(untagged_way) == 16);

/// An address that directors share: which VRRP group (ha/lease.h) it moves with. Where its router
/// has a MAC address of its own, hosts on the router's port are told that.
struct shared_address {
    ip_address address;
    std::uint8_t group = 0;
    port_id port = max_ports; ///< of its router
    mac_address mac{};        ///< virtual; null: the ports' own
    bool is_virtual() const noexcept { return mac != mac_address{}; }
    friend bool operator==(const shared_address&, const shared_address&) = default;
};

/// A virtual router of ours: whose VRRP is not Linux's.
struct shared_router {
    port_id port = 0;
    std::uint8_t id = 0;
    bool v6 = false;
    friend auto operator<=>(const shared_router&, const shared_router&) = default;
};

class rule_set {
public:
    struct contents {
        std::vector<std::shared_ptr<const service_rule>> services;
        std::vector<port_rule> ports; ///< by port_id; at most max_ports
        std::vector<shared_address> shared{};
        std::vector<shared_router> routers{}; ///< in order
        std::vector<ip_address> peers{};      ///< directors that are kept in step
    };
    explicit rule_set(contents c);

    /// The service that listens at this address, or null. `port` in network order.
    /// Its own listener comes before a range, and a range before one of all ports (LVS's port 0).
    const service_rule* find(const ip_address& address, be16 port,
                             std::uint8_t proto) const noexcept {
        const service_rule* const exact = find_exact({address, port, proto});
        if (exact != nullptr || !wide_) return exact;
        const service_rule* const range = find_range(address, port, proto);
        return range != nullptr ? range : find_exact({address, {}, proto});
    }
    /// The NAT service and server that a reply without a flow must have come from.
    struct reply_owner {
        const service_rule* rule = nullptr;
        target_id target = 0;
        ip_address vip; ///< as what it goes on to the client
        be16 vip_port;
    };
    /// `one_packet`: only of services that remember nothing.
    reply_owner find_reply(const ip_address& server, be16 port, std::uint8_t proto,
                           bool one_packet = false) const noexcept;
    /// Is there a NAT service that remembers nothing?
    bool one_packet_nat() const noexcept { return one_packet_nat_; }

    /// The tunnelled servers with this address; empty when there are none.
    std::span<const target_id> tunnels_to(const ip_address& server) const noexcept {
        const auto found = tunnels_.find(server);
        return found == tunnels_.end() ? std::span<const target_id>{} : found->second;
    }
    /// Do replies from this address belong to a NAT service?
    bool is_nat_server(const ip_address& address) const noexcept {
        return replies_.contains(address);
    }
    /// A server of any service, or a peer: what it sends to Linux answers us.
    bool is_server(const ip_address& address) const noexcept { return helpers_.contains(address); }
    address_role role_of(const ip_address& address) const noexcept {
        return addresses_.find(address);
    }
    bool serves(const ip_address& address) const noexcept { return role_of(address).serves; }
    bool answers(const ip_address& address) const noexcept { return role_of(address).answers; }
    bool is_own(const ip_address& address) const noexcept { return role_of(address).own; }

    std::span<const shared_address> shared() const noexcept { return contents_.shared; }
    std::span<const shared_router> routers() const noexcept { return contents_.routers; }
    /// Are there addresses in VRRP groups at all?
    bool shares_addresses() const noexcept { return !groups_.empty(); }
    /// The VRRP group of an address; 0 when it is in none.
    std::uint8_t group_of(const ip_address& address) const noexcept {
        const auto found = groups_.find(address);
        return found == groups_.end() ? std::uint8_t{0} : found->second.group;
    }
    /// The MAC address that hosts on this port are told for an address of ours.
    mac_address mac_of(const ip_address& address, port_id port) const noexcept {
        const auto found = groups_.find(address);
        const bool own =
            found == groups_.end() || !found->second.is_virtual() || found->second.port != port;
        return own ? contents_.ports[port].mac : found->second.mac;
    }
    /// The VRRP group of the virtual router on this port that has this MAC address; 0: none.
    std::uint8_t group_of(const mac_address& router, port_id port) const noexcept {
        const auto found = std::ranges::find_if(virtual_macs_, [&](const shared_address& s) {
            return s.mac == router && s.port == port;
        });
        return found == virtual_macs_.end() ? std::uint8_t{0} : found->group;
    }
    /// Is this virtual router one of ours?
    bool is_router(const shared_router& router) const noexcept {
        return std::ranges::binary_search(contents_.routers, router);
    }

    /// Does some port?
    bool checks_sources() const noexcept { return checks_sources_; }
    std::span<const ip_address> peers() const noexcept { return contents_.peers; }
    std::span<const port_rule> ports() const noexcept { return contents_.ports; }
    std::span<const std::shared_ptr<const service_rule>> services() const noexcept {
        return contents_.services;
    }
    /// The logical port of untagged frames of a device, and the MAC address it has; none() when
    /// there is none. `device` < 2 * max_ports.
    link_address untagged_port(std::uint16_t device) const noexcept {
        return untagged_[device % untagged_.size()];
    }
    const untagged_way& untagged_way_out(port_id port) const noexcept {
        return ways_out_[port % max_ports];
    }
    /// The logical port of frames with this tag on a device; max_ports when there is none.
    port_id port_of(std::uint16_t device, std::uint16_t vlan) const noexcept;

private:
    struct service_key {
        ip_address address;
        be16 port;
        std::uint8_t proto = 0;
        friend bool operator==(const service_key&, const service_key&) = default;
        std::size_t hash() const noexcept {
            return (std::hash<ip_address>{}(address)
                    + (std::uint64_t{port.raw} << 8 | proto) * 0x9e3779b97f4a7c15u)
                   >> 32;
        }
    };
    struct service_slot {
        service_key key;
        const service_rule* rule = nullptr;
    };
    const service_rule* find_exact(const service_key& key) const noexcept {
        for (std::size_t i = key.hash();; ++i) {
            const service_slot& slot = services_[i & mask_];
            if (slot.rule == nullptr) return nullptr;
            if (slot.key == key) return slot.rule;
        }
    }
    const service_rule* find_range(const ip_address& address, be16 port,
                                   std::uint8_t proto) const noexcept;
    struct range_of_ports {
        endpoint where;
        const service_rule* rule = nullptr;
    };
    struct nat_server {
        const service_rule* rule = nullptr;
        target_id target = 0;
        std::uint16_t port = 0; ///< host order; 0 = the port the client asked for
    };
    /// Open addressing, half empty at most.
    class address_index {
    public:
        /// An address of our own is nothing else; roles from several services add up.
        void build(const std::vector<std::pair<ip_address, address_role>>& items);
        address_role find(const ip_address& address) const noexcept {
            for (std::size_t i = std::hash<ip_address>{}(address) >> 32;; ++i) {
                const auto& slot = slots_[i & (slots_.size() - 1)];
                if (!slot.second.known() || slot.first == address) return slot.second;
            }
        }

    private:
        std::vector<std::pair<ip_address, address_role>> slots_;
    };

    contents contents_;
    std::array<link_address, 2 * max_ports> untagged_; ///< by DPDK port id
    std::array<untagged_way, max_ports> ways_out_;
    std::vector<service_slot> services_;
    std::size_t mask_ = 0;
    std::unordered_map<ip_address, std::vector<nat_server>> replies_;
    std::unordered_map<ip_address, std::vector<target_id>> tunnels_;
    std::unordered_set<ip_address> helpers_; ///< servers and peers
    address_index addresses_;
    std::unordered_map<ip_address, std::vector<range_of_ports>> ranges_; ///< by protocol and port
    std::unordered_map<ip_address, shared_address> groups_;
    std::vector<shared_address> virtual_macs_; ///< the first address of each virtual router
    bool wide_ = false;                        ///< there are listeners of more than one port
    bool one_packet_nat_ = false;
    bool checks_sources_ = false;
};

} // namespace weir::inline service
