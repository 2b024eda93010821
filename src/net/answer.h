#pragma once

// The packets that weir makes itself: answers to ARP, neighbour solicitation and ping for its VIPs,
// ICMP errors, resets. Each is built from the packet that caused it. `turn_*` reuse the packet's
// own bytes in place. `make_*` write a new frame into `out` and return its length, or 0 if no
// answer is allowed (RFC 1122 section 3.2.2: never about an ICMP error, a later fragment, a
// broadcast or multicast, or a source that is not one host). Pure: any thread.

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"
#include "net/packet_view.h"

namespace weir::inline net {

/// The room that make_* may need: IPv6 errors quote as much as fits into 1280 bytes (RFC 4443
/// section 2.4(c)).
inline constexpr std::size_t answer_room = 1280 + 18;

/// Turns an ARP request for one of our addresses into the reply (RFC 826).
void turn_arp(std::byte* frame, const packet_view& view, const mac_address& ours) noexcept;

/// Length of an advertisement with our link address, IPv6 header included; bytes.
inline constexpr std::size_t advertisement_length = 72;

/// Turns a neighbour solicitation into the advertisement, with solicited and override set (RFC 4861
/// section 7.2.4). The frame may grow: returns its new length, view.l3 + advertisement_length. The
/// answer to a solicitation from the unspecified address (duplicate address detection) goes to all
/// nodes.
std::size_t turn_solicitation(std::byte* frame, const packet_view& view,
                              const mac_address& ours) noexcept;

/// Turns an echo request into the echo reply: swaps addresses and MACs and sets our own TTL (RFC
/// 792, RFC 4443 section 4.2).
void turn_echo(std::byte* frame, const packet_view& view) noexcept;

/// ICMP errors by cause; the type and code follow from the family.
enum class icmp_answer : std::uint8_t { time_exceeded, too_big, port_unreachable };

/// Makes an ICMP(v6) error about `frame`, from `from` (an address of the packet's family) back to
/// its source. Swaps the Ethernet addresses and keeps the VLAN tag. Only too_big uses `mtu`.
std::size_t make_icmp_error(std::span<const std::byte> frame, const packet_view& view,
                            icmp_answer what, const ip_address& from, std::uint16_t mtu,
                            std::span<std::byte> out) noexcept;

/// The reset for a TCP packet that belongs to no connection (RFC 9293 section 3.10.7.1). Makes none
/// for a reset, nor for a fragmented packet, whose length is unknown: the reset would have to
/// acknowledge it.
std::size_t make_reset(std::span<const std::byte> frame, const packet_view& view,
                       std::span<std::byte> out) noexcept;

/// Gratuitous ARP (RFC 5227 section 3: a request for its own address), or unsolicited neighbour
/// advertisement to all nodes (RFC 4861 section 7.2.6). It announces `address` on the link.
std::size_t make_announcement(const ip_address& address, const mac_address& ours,
                              std::uint16_t vlan, std::span<std::byte> out) noexcept;

} // namespace weir::inline net
