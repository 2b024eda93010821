#pragma once

// The question who has an address on a link, sent to all: ARP request (RFC 826), or neighbour
// solicitation to the address's solicited-node group (RFC 4861 section 7.2.2). Linux learns a new
// MAC from the answer at once, even while it still trusts the old one; by itself it must first find
// that the old one is silent. Pure: any thread.

#include <cstddef>
#include <span>

#include "net/types.h"

namespace weir::inline net {

/// Bytes that a request takes at most.
inline constexpr std::size_t neighbour_request_room = 86;

/// Writes the request for `target` into `out`, from our address `own` of the same family and our
/// MAC; untagged. Returns its length; 0 when `out` is too short or the families differ.
std::size_t make_neighbour_request(const ip_address& target, const ip_address& own,
                                   const mac_address& ours, std::span<std::byte> out) noexcept;

} // namespace weir::inline net
