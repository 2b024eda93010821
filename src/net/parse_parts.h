#pragma once

// The parts of parse(), one per layer, for the files that implement it. Each fills its findings
// into the view and calls the next layer, which trusts the offsets: l3 + ip_length never exceeds
// the frame, and l4 lies within. Pure: any thread.

#include <cstddef>
#include <span>

#include "net/packet_view.h"

namespace weir::inline net {

using frame_bytes = std::span<const std::byte>;

inline void reject(packet_view& view, drop_reason reason) noexcept {
    view.kind = packet_kind::bad;
    view.reason = reason;
}

/// The first byte after the IP packet.
inline std::size_t packet_end(const packet_view& view) noexcept {
    return std::size_t{view.l3} + view.ip_length;
}

/// An IP packet at view.l3.
void parse_ipv4(frame_bytes frame, ip_checksum device_says, packet_view& view) noexcept;
void parse_ipv6(frame_bytes frame, packet_view& view) noexcept;

/// Checks the addresses of the packet; false: drop it. `to_group`: sent to several hosts.
bool parse_addresses(frame_bytes frame, packet_view& view, bool& to_group) noexcept;

/// Parses the payload of an IP packet to one host, by view.key.proto.
void parse_payload(frame_bytes frame, packet_view& view) noexcept;

/// VRRP, which mostly goes to a group. True: it is.
bool parse_vrrp_kind(packet_view& view) noexcept;

/// Parses ICMP of the packet's family; a packet to a group may only be of neighbour
/// discovery.
void parse_icmp(frame_bytes frame, packet_view& view) noexcept;
void parse_discovery(frame_bytes frame, packet_view& view) noexcept;

} // namespace weir::inline net
