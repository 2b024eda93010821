#pragma once

// From bytes to meaning. `parse` looks at one Ethernet frame and says what it is for a load
// balancer: a TCP, UDP or SCTP packet with its flow key, a fragment, an ICMP error about a flow,
// something weir answers itself, or something for Linux. It never reads past `frame.size()`,
// whatever the length fields claim, and rejects what no honest host sends (RFC 1812
// section 5.2.2, 5.3.7; RFC 8200). What is addressed to many (by IP or by Ethernet) is for Linux,
// except ARP and neighbour solicitation. Pure: no state, any thread.
//
// `parse_simple` (net/parse_simple.h) is the common case, tried first.

#include <cstddef>
#include <span>

#include "net/headers.h"
#include "net/packet_view.h"
#include "net/parse_simple.h"

namespace weir::inline net {

/// Reads one frame. Sets all of `view`; for `bad` also the reason.
void parse(std::span<const std::byte> frame, ip_checksum device_says, packet_view& view) noexcept;

} // namespace weir::inline net
