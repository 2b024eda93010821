#pragma once

// Persistence: connections of one client, or of one network of clients, go to one server. LVS's
// rules (ip_vs_sched_persist in net/netfilter/ipvs/ip_vs_core.c); the memory of it is templates in
// the connection table (flow/template.cpp). A service with several listeners is a group: one
// template for all of them, as LVS has for a firewall mark. Constant part of a rule: any thread.

#include <cstdint>

#include "flow/entry.h"
#include "net/types.h"

namespace weir::inline service {

struct persistence_rule {
    std::uint16_t timeout = 0;     ///< seconds; 0 = none
    ip_address mask;               ///< bits of a client's address that count
    flow_key key;                  ///< of templates, but for the client
    bool expire_quiescent = false; ///< does not hold to a server of weight 0

    explicit operator bool() const noexcept { return timeout != 0; }

    /// The key of a client's template.
    flow_key key_of(const ip_address& client) const noexcept {
        flow_key its = key;
        its.source = {client.high & mask.high, client.low & mask.low};
        return its;
    }
};

/// Where the key of a template, whose own protocol is template_proto, keeps the service's: in the
/// client's port, with this bit for a group.
inline constexpr std::uint16_t template_group = 0x100;

/// `prefix`: leading bits of the client's address that count, by its own family. The service is
/// known by its first listener, which no other has.
inline persistence_rule make_persistence(std::uint16_t timeout, std::uint8_t prefix,
                                         const endpoint& first_listener, bool group) noexcept {
    const ip_address all{~std::uint64_t{0}, ~std::uint64_t{0}};
    const bool v4 = first_listener.address.is_v4();
    const unsigned bits = v4 ? 96u + prefix : prefix;
    const auto word = [](unsigned kept) {
        return kept == 0 ? 0 : __builtin_bswap64(~std::uint64_t{0} << (64 - kept));
    };
    persistence_rule rule;
    rule.timeout = timeout;
    rule.mask = bits >= 128
                    ? all
                    : ip_address{word(bits < 64 ? bits : 64), word(bits > 64 ? bits - 64 : 0)};
    rule.key = {
        {},
        first_listener.address,
        be16::from_host(static_cast<std::uint16_t>(static_cast<std::uint16_t>(first_listener.proto)
                                                   | (group ? template_group : 0))),
        be16::from_host(first_listener.port),
        flow_entry::template_proto};
    return rule;
}

} // namespace weir::inline service
