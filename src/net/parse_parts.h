#pragma once

// The parts of parse(), one per layer, for the files that implement it. Each fills what it finds
// into the view and hands on to the next layer. Offsets in the view are trusted by the next part:
// l3 + ip_length never exceeds the frame, and l4 lies within. Pure: any thread.

#include <cstddef>
#include <span>

#include "net/packet_view.h"

namespace weir::inline net {

using frame_bytes = std::span<const std::byte>;

inline void reject(packet_view& view, drop_reason reason) noexcept {
    view.kind = packet_kind::bad;
    view.reason = reason;
}

/// The first byte behind the IP packet.
inline std::size_t packet_end(const packet_view& view) noexcept {
    return std::size_t{view.l3} + view.ip_length;
}

/// An IP packet at view.l3.
void parse_ipv4(frame_bytes frame, ip_checksum device_says, packet_view& view) noexcept;
void parse_ipv6(frame_bytes frame, packet_view& view) noexcept;

/// Judges the addresses of the packet. False when it is to be dropped. `to_group`: to many hosts.
bool parse_addresses(frame_bytes frame, packet_view& view, bool& to_group) noexcept;

/// What an IP packet to one host carries, by view.key.proto.
void parse_payload(frame_bytes frame, packet_view& view) noexcept;

/// ICMP of the packet's family; a neighbour solicitation is also looked for in packets to groups.
void parse_icmp(frame_bytes frame, packet_view& view) noexcept;
void parse_solicitation(frame_bytes frame, packet_view& view) noexcept;

} // namespace weir::inline net
