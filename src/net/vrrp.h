#pragma once

// VRRP advertisements, version 3 (RFC 9568) and 2 (RFC 3768, without authentication), as IP
// packets: what stands behind the link header. The one who holds a virtual router's addresses sends
// them to a group, or to peers by unicast; whoever hears none for a while takes the addresses over.
//
// parse_vrrp() judges a packet in the order of RFC 9568 section 7.1 and says why it refuses one.
// The checksum of version 3 over IPv4 has two forms in the field: RFC 9568 section 5.2.8 covers the
// message alone, keepalived and old FRR add the pseudo header. Both are accepted, and the message
// says which it was. A list of other addresses is no fault: the caller may compare. Bytes behind
// the message (a trailer of keepalived's auth_hmac) are passed over. Pure: any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "net/headers.h"
#include "net/types.h"

namespace weir::inline net {

/// RFC 9568 section 5.1, RFC 3768 section 5.1. Both versions; version 2 ends with 8 bytes more.
struct vrrp_header {
    std::uint8_t version_type; ///< version in the top 4 bits; type 1, advertisement, below
    std::uint8_t id;           ///< of the virtual router (VRID), 1..255
    std::uint8_t priority;     ///< 255: owner of the addresses; 0: gives them up
    std::uint8_t count;        ///< of addresses behind the header
    be16 interval;             ///< version 3: centiseconds in the low 12 bits; version 2: seconds
                               ///< in the low byte, the kind of authentication in the high one
    be16 checksum;
};
static_assert(sizeof(vrrp_header) == 8);

enum class vrrp_version : std::uint8_t { v2 = 2, v3 = 3 };

/// What the checksum of an advertisement covers.
enum class vrrp_checksum : std::uint8_t {
    plain,  ///< the message alone: version 2, version 3 over IPv4 by RFC 9568
    pseudo, ///< the pseudo header too: IPv6, version 3 over IPv4 by keepalived
};

/// Why an advertisement is refused.
enum class vrrp_fault : std::uint8_t {
    none,
    ttl,            ///< not 255: a router has passed it on
    version,        ///< not the one expected
    type,           ///< no advertisement
    length,         ///< shorter than its fields say
    checksum,       ///< wrong in either form
    authentication, ///< version 2 with a password or the like
    no_address,     ///< its list of addresses is empty (RFC erratum 8299)
    interval,       ///< 0 (RFC erratum 8301)
    not_link_local, ///< IPv6, from another address
    count_
};
inline constexpr std::size_t vrrp_faults = static_cast<std::size_t>(vrrp_fault::count_);

/// Its name as statistics show it.
std::string_view name_of(vrrp_fault fault) noexcept;

inline constexpr std::uint8_t vrrp_owner = 255; ///< priority of who owns the addresses
inline constexpr std::uint8_t vrrp_resigns = 0; ///< priority of who gives them up
inline constexpr std::uint8_t vrrp_ttl = 255;
inline constexpr std::uint16_t longest_vrrp_interval = 4095;         ///< centiseconds, version 3
inline constexpr std::uint16_t longest_vrrp_interval_v2 = 255 * 100; ///< centiseconds, version 2
/// IPv6 addresses that fit into a packet of 1500 bytes; IPv4 has room for 255.
inline constexpr std::size_t most_vrrp_addresses_v6 = 90;
inline constexpr std::size_t most_vrrp_addresses_v4 = 255;
/// Room make_vrrp() may need.
inline constexpr std::size_t vrrp_room = 1500;

/// Where advertisements go: 224.0.0.18, ff02::12.
constexpr ip_address vrrp_group(bool v6) noexcept {
    return v6 ? ip_address{0x02ff, std::uint64_t{0x12} << 56} : ip_address::v4(224, 0, 0, 18);
}
/// The link address of that group (RFC 1112 section 6.4, RFC 2464 section 7).
constexpr mac_address vrrp_group_mac(bool v6) noexcept {
    return v6 ? mac_address{{0x33, 0x33, 0, 0, 0, 0x12}} : mac_address{{1, 0, 0x5e, 0, 0, 0x12}};
}
/// The link address of a virtual router (RFC 9568 section 7.3).
constexpr mac_address vrrp_mac(bool v6, std::uint8_t id) noexcept {
    return {{0, 0, 0x5e, 0, static_cast<std::uint8_t>(v6 ? 2 : 1), id}};
}

/// An advertisement that was received. The list of addresses stays in the packet.
struct vrrp_message {
    ip_address source;
    ip_address destination;
    vrrp_version version = vrrp_version::v3;
    std::uint8_t id = 0;
    std::uint8_t priority = 0;
    std::uint16_t interval = 0; ///< centiseconds
    vrrp_checksum form = vrrp_checksum::plain;
    std::span<const std::byte> list{}; ///< of addresses, 4 or 16 bytes each

    std::size_t count() const noexcept { return list.size() / (source.is_v6() ? 16 : 4); }
    ip_address address(std::size_t index) const noexcept;
};

/// The virtual router an IP packet of protocol 112 is about; 0 when it is too short to say.
std::uint8_t vrrp_id_of(std::span<const std::byte> packet) noexcept;

/// Reads an IP packet of protocol 112, from its IP header to its end. `any_ttl`: for unicast, whose
/// senders the caller knows. For a fault, `message` holds what had been read.
vrrp_fault parse_vrrp(std::span<const std::byte> packet, vrrp_version expected, bool any_ttl,
                      vrrp_message& message) noexcept;

/// An advertisement to be sent. The family is that of `source`.
struct vrrp_advertisement {
    ip_address source;
    ip_address destination;
    vrrp_version version = vrrp_version::v3;
    std::uint8_t id = 0;
    std::uint8_t priority = 0;
    std::uint16_t interval = 0;                ///< centiseconds; version 2: whole seconds
    vrrp_checksum form = vrrp_checksum::plain; ///< of version 3 over IPv4
    std::span<const ip_address> addresses{};   ///< all of one family
};

/// Writes the IP packet; its length, or 0 when `out` has no room.
std::size_t make_vrrp(const vrrp_advertisement& what, std::span<std::byte> out) noexcept;

} // namespace weir::inline net
