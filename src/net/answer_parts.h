#pragma once

// Shared parts of the packets that weir makes itself, for answer_icmp.cpp, answer_link.cpp and
// answer_reset.cpp. Pure: any thread.

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"
#include "net/packet_view.h"

namespace weir::inline net {

/// TTL and hop limit of our own packets (IANA "IP TIME TO LIVE PARAMETER").
inline constexpr std::uint8_t own_ttl = 64;

constexpr std::size_t ip_header_size(bool v6) noexcept {
    return v6 ? sizeof(ipv6_header) : sizeof(ipv4_header);
}

/// The addresses in a frame's IP header; the view's key may hold those of a quoted packet.
struct address_pair {
    ip_address source;
    ip_address destination;
};
address_pair addresses_of(const std::byte* ip, bool v6) noexcept;

/// Writes the header of a packet of our own, without options; the addresses determine the family.
struct own_packet {
    ip_address source;
    ip_address destination;
    protocol proto;
    std::size_t payload; ///< bytes after the header
    std::uint8_t ttl = own_ttl;
    std::uint8_t traffic_class = 0;
};
void write_ip_header(std::byte* ip, const own_packet& packet) noexcept;

/// Fills in the ICMP checksum of a finished packet of our own.
void finish_icmp(std::byte* ip, const own_packet& packet) noexcept;

/// Copies the link header of `frame` for the way back, VLAN tag included.
void write_link_back(const std::byte* frame, const packet_view& view, std::byte* out) noexcept;

/// True if this packet may be answered at all (RFC 1122 section 3.2.2, RFC 4443 section 2.4(e)).
bool may_answer(std::span<const std::byte> frame, const packet_view& view) noexcept;

} // namespace weir::inline net
