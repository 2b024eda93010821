#pragma once

// From bytes to meaning. `parse` reads one Ethernet frame and tells a load balancer's view of it: a
// TCP, UDP or SCTP packet with its flow key, a fragment, an ICMP error about a flow, a packet that
// weir answers itself, or a packet for Linux. It never reads past `frame.size()`, whatever the
// length fields claim, and rejects packets that no honest host sends (RFC 1812 section 5.2.2,
// 5.3.7; RFC 8200). Packets to several hosts (by IP or by Ethernet) are for Linux, except ARP,
// neighbour discovery and VRRP. Pure: no state, any thread.
//
// `parse_simple` (net/parse_simple.h) handles the common case and runs first.

#include <cstddef>
#include <span>

#include "net/encapsulation.h"
#include "net/headers.h"
#include "net/packet_view.h"
#include "net/parse_simple.h"

namespace weir::inline net {

/// Reads one frame. Sets all of `view`; for `bad` also the reason.
void parse(std::span<const std::byte> frame, ip_checksum device_says, packet_view& view) noexcept;

/// The packet in a tunnel packet that an ICMP error quotes.
struct carried_quote {
    flow_key key;
    bool v6 = false;
    std::uint16_t at = 0; ///< its IP header, counted from the frame; 0: the quote names no flow
};
/// `error` is of kind icmp_error, and about a packet of a tunnel with this encapsulation.
carried_quote read_carried(std::span<const std::byte> frame, const packet_view& error,
                           encapsulation how) noexcept;

} // namespace weir::inline net
