#pragma once

// From bytes to meaning. `parse` reads one Ethernet frame and tells a load balancer's view of it: a
// TCP, UDP or SCTP packet with its flow key, a fragment, an ICMP error about a flow, a packet that
// weir answers itself, or a packet for Linux. It never reads past `frame.size()`, whatever the
// length fields claim, and rejects packets that no honest host sends (RFC 1812 section 5.2.2,
// 5.3.7; RFC 8200). Packets to several hosts (by IP or by Ethernet) are for Linux, except ARP,
// neighbour solicitation and VRRP. Pure: no state, any thread.
//
// `parse_simple` (net/parse_simple.h) handles the common case and runs first.

#include <cstddef>
#include <span>

#include "net/headers.h"
#include "net/packet_view.h"
#include "net/parse_simple.h"

namespace weir::inline net {

/// Reads one frame. Sets all of `view`; for `bad` also the reason.
void parse(std::span<const std::byte> frame, ip_checksum device_says, packet_view& view) noexcept;

} // namespace weir::inline net
