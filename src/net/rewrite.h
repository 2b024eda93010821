#pragma once

// The rewrites that forward a packet: pure functions over bytes that the caller has parsed and that
// have room. Checksums change by what changed (RFC 1624 equation 3), so a packet that was broken
// stays broken and nobody is fooled. Any thread.

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"
#include "net/parse.h"

namespace weir {

/// The Ethernet addresses of the way out; as they are copied: destination, then source.
struct link_rewrite {
    mac_address destination;
    mac_address source;
};
static_assert(sizeof(link_rewrite) == 12);

/// TTL or hop limit.
inline std::uint8_t ttl_of(const std::byte* ip, bool v6) noexcept {
    return v6 ? reinterpret_cast<const ipv6_header*>(ip)->hop_limit
              : reinterpret_cast<const ipv4_header*>(ip)->ttl;
}

/// TTL or hop limit minus one, header checksum kept right. The caller has seen that it is above 1.
void decrement_ttl(std::byte* ip, bool v6) noexcept;

/// One direction of network address translation: which side of the packet gets a new address and
/// port. IPv4 packets take IPv4 addresses, IPv6 packets IPv6 ones. `ports` is false for later
/// fragments, whose ports and transport checksum travel in the first one.
void translate_destination(std::byte* frame, const packet_view& view, const ip_address& address,
                           be16 port, bool ports = true) noexcept;
void translate_source(std::byte* frame, const packet_view& view, const ip_address& address,
                      be16 port, bool ports = true) noexcept;

/// Bytes an IP-in-IP header adds for an outer address of this family: 20 or 40.
constexpr std::size_t tunnel_overhead(bool outer_v6) noexcept {
    return outer_v6 ? 40 : 20;
}

/// Writes the outer header of IP-in-IP (RFC 2003, RFC 2473, RFC 4213) at `outer`, which is
/// tunnel_overhead() bytes in front of the inner IP header `inner` of `inner_length` bytes. DF and
/// TTL are copied from the inner header, ECN by RFC 6040 (normal mode), as LVS does. `id` is the
/// IPv4 identification.
void write_tunnel_header(std::byte* outer, const std::byte* inner, bool inner_v6,
                         std::uint16_t inner_length, const ip_address& source,
                         const ip_address& destination, std::uint16_t id) noexcept;

/// Translates an ICMP error that belongs to a NAT flow: outer addresses, embedded addresses and
/// ports, embedded and outer checksums (RFC 5508 section 4.2). The error travels against the
/// embedded packet: where the embedded *source* is translated the outer *destination* is, and so
/// on.
///
/// `towards_server`: the error came from the client side about a reply (embedded source = VIP):
/// embedded source and outer destination become `address`:`port` (the server). Otherwise it came
/// from the server side about a request (embedded destination = server): embedded destination
/// becomes the VIP, and so does the outer source when it was the server itself.
void translate_icmp_error(std::byte* frame, const packet_view& view, bool towards_server,
                          const ip_address& address, be16 port) noexcept;

} // namespace weir
