#pragma once

// From bytes to meaning. `parse` looks at one Ethernet frame and says what it is for a load
// balancer: a TCP or UDP packet with its flow key, a fragment, an ICMP error about a flow,
// something weir answers itself, or something for Linux. It never reads past `frame.size()`,
// whatever the length fields claim, and rejects what no honest host sends (RFC 1812
// section 5.2.2, 5.3.7; RFC 8200). Pure: no state, any thread.

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/drop_reason.h"
#include "net/headers.h"

namespace weir {

enum class packet_kind : std::uint8_t {
    flow,         ///< whole TCP or UDP packet (or first fragment: see `fragmented`), key filled
    icmp_error,   ///< ICMP(v6) error whose embedded header names a flow; key = the *embedded*
                  ///< packet's
    fragment,     ///< a later fragment: key has addresses and protocol, ports 0
    echo,         ///< ICMP(v6) echo request; key addresses filled
    arp,          ///< ARP for IPv4 over Ethernet, complete
    solicitation, ///< neighbour solicitation (RFC 4861), hop limit 255, complete
    tunnelled,    ///< IP-in-IP (protocol 4 or 41) addressed to somebody; key addresses filled
    other,        ///< for Linux to judge
    bad,          ///< to be dropped for `reason`
};

/// What parse() found. Offsets count from the first byte of the frame.
struct packet_view {
    flow_key key;
    std::uint16_t l3 = 0;        ///< IP header
    std::uint16_t l4 = 0;        ///< transport header (of icmp_error: the ICMP header)
    std::uint16_t ip_length = 0; ///< bytes from l3 to the end of the IP packet; padding excluded
    std::uint16_t inner = 0;     ///< icmp_error: embedded IP header
    std::uint16_t inner_l4 = 0;  ///< icmp_error: embedded transport header (at least 8 bytes there)
    packet_kind kind = packet_kind::bad;
    drop_reason reason = drop_reason::none;
    std::uint8_t tcp_flags = 0;
    bool v6 = false;
    bool fragmented = false;    ///< first fragment of several
    bool dont_fragment = false; ///< DF; always true for IPv6
    std::uint16_t vlan = 0;     ///< 802.1Q id; 0 = untagged
    std::uint32_t fragment_id = 0;
    std::uint16_t fragment_offset = 0; ///< bytes
    bool more_fragments = false;
};

/// What the device has already checked.
enum class ip_checksum : std::uint8_t { unknown, good, bad };

/// Reads one frame. `view.kind` and, for `bad`, `view.reason` are always set.
void parse(std::span<const std::byte> frame, ip_checksum device_says, packet_view& view) noexcept;

/// The common case, tried first: an untagged, unfragmented IPv4 or IPv6 TCP/UDP packet without
/// options or extension headers. False: nothing decided, call parse(). Checks as strictly as
/// parse().
bool parse_simple(std::span<const std::byte> frame, ip_checksum device_says,
                  packet_view& view) noexcept;

} // namespace weir
