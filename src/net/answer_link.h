#pragma once

// Answers to "who has this address?" for the VIPs: ARP (RFC 826) and neighbour discovery (RFC
// 4861), and the announcements that say it unasked. `turn_*` reuse the packet's own bytes in place;
// `make_announcement` writes a new frame and returns its length. Pure: any thread.

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"
#include "net/packet_view.h"

namespace weir::inline net {

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

/// The room that make_announcement() may need: Ethernet, a VLAN tag, the longer of its packets.
inline constexpr std::size_t announcement_room =
    sizeof(ether_header) + sizeof(vlan_header) + advertisement_length;

/// Gratuitous ARP (RFC 5227 section 3: a request for its own address), or unsolicited neighbour
/// advertisement to all nodes (RFC 4861 section 7.2.6). It announces `address` on the link. Returns
/// its length, or 0 if `out` is too small.
std::size_t make_announcement(const ip_address& address, const mac_address& ours,
                              std::uint16_t vlan, std::span<std::byte> out) noexcept;

/// Asks the link whether anybody has an address, without saying that we do: an ARP probe (RFC 5227
/// section 2.1.1), or the solicitation of duplicate address detection (RFC 4862 section 5.4.2).
/// Untagged. Returns its length, or 0 if `out`, of announcement_room bytes, is too small.
std::size_t make_probe(const ip_address& address, const mac_address& ours,
                       std::span<std::byte> out) noexcept;

/// The group in which an IPv6 address is asked for: ff02::1:ff00:0/104 and the address' last three
/// bytes (RFC 4291 section 2.7.1).
ip_address solicited_node(const ip_address& address) noexcept;

} // namespace weir::inline net
