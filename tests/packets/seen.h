#pragma once

// A frame that a test has received, read back as a packet, so that an expectation names a field
// and not an offset:
//
//   EXPECT_EQ(ip_in(sent).destination, address_of("198.51.100.11"));
//   EXPECT_EQ(carried_by(ip_in(sent)).destination_port(), 80);
//
// Like the builder, this uses only the value types of src/net. A field that the packet lacks is 0.

#include <cstdint>
#include <span>
#include <string_view>

#include "packets/builder.h"

namespace weir::test {

/// An IP packet. `load` refers to the frame's bytes, which must outlive it.
struct ip_seen {
    bool whole = false; ///< the header is complete, and so are all the bytes it promises
    bool v6 = false;
    bool header_good = true; ///< IPv4: the header's checksum is right
    std::size_t length = 0;  ///< bytes, header included, by the header itself
    std::uint32_t id = 0;    ///< identification; IPv6: the fragment header's
    bool df = false;         ///< IPv4: don't fragment
    bool fragment = false;
    std::size_t offset = 0; ///< of a fragment, bytes
    bool more = false;      ///< more fragments follow
    ip_address source;
    ip_address destination;
    std::uint8_t ttl = 0;
    std::uint8_t proto = 0; ///< of the load, after IPv6's extension headers
    std::span<const std::byte> load;

    std::uint16_t source_port() const;      ///< TCP, UDP, SCTP
    std::uint16_t destination_port() const; ///< the same
    std::uint8_t tcp_flags() const;
    std::uint16_t udp_checksum() const;
    std::uint8_t icmp_type() const;
    std::uint8_t icmp_code() const;
    std::uint32_t icmp_mtu() const; ///< of "too big"
};

/// Reads the IP packet that starts `bytes`.
ip_seen read_ip(std::span<const std::byte> bytes);
/// The IP packet of a frame.
ip_seen ip_in(std::span<const std::byte> frame);
/// The IP packet in a tunnel packet: IP in IP, or GRE with a header of four bytes.
ip_seen carried_by(const ip_seen& tunnel);
/// The EtherType of a frame, after a VLAN tag.
std::uint16_t ether_type_in(std::span<const std::byte> frame);
/// The link addresses of a frame.
mac_address destination_mac_in(std::span<const std::byte> frame);
mac_address source_mac_in(std::span<const std::byte> frame);

/// An ARP packet of IPv4 on Ethernet (RFC 826).
struct arp_seen {
    std::uint16_t operation = 0; ///< 1: request, 2: reply
    mac_address sender_mac;
    ip_address sender;
    mac_address target_mac;
    ip_address target;
};
/// The ARP packet of a frame.
arp_seen arp_in(std::span<const std::byte> frame);

/// The address in the text; throws std::bad_optional_access if it is none.
ip_address address_of(std::string_view text);

} // namespace weir::test
