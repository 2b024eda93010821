#pragma once

// The packets weir makes itself: answers to ARP, neighbour solicitation and ping for its VIPs,
// ICMP errors, resets. Each is built from the packet that called for it. `turn_*` reuse the
// packet's own bytes in place; `make_*` write a new frame into `out` and return its length, 0 when
// it must not be sent (RFC 1122 section 3.2.2: never about an ICMP error, a later fragment, a
// broadcast or multicast, or a source that is not one host). Pure: any thread.

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"
#include "net/packet_view.h"

namespace weir::inline net {

/// Room make_* may need: IPv6 errors quote as much as fits into 1280 bytes (RFC 4443
/// section 2.4(c)).
inline constexpr std::size_t answer_room = 1280 + 18;

/// ARP request for an address of ours into the reply (RFC 826).
void turn_arp(std::byte* frame, const packet_view& view, const mac_address& ours) noexcept;

/// An advertisement with our link address, IPv6 header included; bytes.
inline constexpr std::size_t advertisement_length = 72;

/// Neighbour solicitation into the advertisement, solicited and override set (RFC 4861 section
/// 7.2.4). The frame may grow: returns its new length, view.l3 + advertisement_length. A
/// solicitation from the unspecified address (duplicate address detection) is answered to all
/// nodes.
std::size_t turn_solicitation(std::byte* frame, const packet_view& view,
                              const mac_address& ours) noexcept;

/// Echo request into the echo reply, addresses and MACs swapped, TTL our own (RFC 792, RFC
/// 4443 section 4.2).
void turn_echo(std::byte* frame, const packet_view& view) noexcept;

/// ICMP errors, by what happened; the right type and code are chosen for the family.
enum class icmp_answer : std::uint8_t { time_exceeded, too_big, port_unreachable };

/// An ICMP(v6) error about `frame`, from `from` (an address of the packet's family) back to its
/// source, Ethernet addresses swapped, VLAN tag kept. `mtu` only for too_big.
std::size_t make_icmp_error(std::span<const std::byte> frame, const packet_view& view,
                            icmp_answer what, const ip_address& from, std::uint16_t mtu,
                            std::span<std::byte> out) noexcept;

/// The reset for a TCP packet that belongs to no connection (RFC 9293 section 3.10.7.1). None for a
/// packet that is itself a reset, or in fragments: its length, which the reset acknowledges, is not
/// known.
std::size_t make_reset(std::span<const std::byte> frame, const packet_view& view,
                       std::span<std::byte> out) noexcept;

/// Gratuitous ARP (RFC 5227 section 3: a request for its own address) or unsolicited neighbour
/// advertisement to all nodes (RFC 4861 section 7.2.6) that tells the link where `address` is.
std::size_t make_announcement(const ip_address& address, const mac_address& ours,
                              std::uint16_t vlan, std::span<std::byte> out) noexcept;

} // namespace weir::inline net
