#pragma once

// Frames for tests. `packet` describes a packet word by word, and bytes() writes it with all
// lengths and checksums right. A test that wants a broken packet changes the bytes afterwards.
//
//   packet().from("198.51.100.7").to("192.0.2.100").tcp(40001, 80).syn().bytes()
//   packet().from("192.0.2.1").to("192.0.2.100").icmp(3, 4, 1400).about(frame).bytes()
//
// This uses only the value types of src/net, so that it cannot share its mistakes. The addresses
// determine the family. Not for the packet path: it allocates and throws.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/encapsulation.h"
#include "net/types.h"

namespace weir::test {

using bytes_of_frame = std::vector<std::byte>;

class packet {
public:
    static constexpr std::string_view source_mac = "02:00:00:00:00:01";
    static constexpr std::string_view destination_mac = "02:00:00:00:00:02";

    // Ethernet.
    packet& mac(std::string_view source, std::string_view destination);
    packet& mac(const mac_address& source, const mac_address& destination);
    packet& vlan(std::uint16_t id);
    packet& pad(std::size_t frame_size); ///< zeros after the packet up to this size

    // IP. The default is TTL 64, no DF, identification 0.
    packet& from(std::string_view address);
    packet& to(std::string_view address);
    packet& from(const ip_address& address);
    packet& to(const ip_address& address);
    packet& ttl(std::uint8_t value);
    packet& tos(std::uint8_t value); ///< or traffic class
    packet& id(std::uint32_t value); ///< identification, also of an IPv6 fragment
    packet& df();
    packet& options(std::vector<std::uint8_t> bytes); ///< IPv4, padded with zeros
    /// IPv6: an extension header; `body` is everything after its length field, padded with zeros.
    packet& extension(std::uint8_t number, std::vector<std::uint8_t> body = {});
    /// This is one fragment: at `offset` above 0 only the payload follows the IP header.
    packet& fragment(std::uint16_t offset, bool more);

    // The payload: one of these.
    packet& tcp(std::uint16_t source_port, std::uint16_t destination_port);
    packet& udp(std::uint16_t source_port, std::uint16_t destination_port);
    packet& sctp(std::uint16_t source_port, std::uint16_t destination_port);
    packet& icmp(std::uint8_t type, std::uint8_t code, std::uint32_t rest = 0);
    packet& echo(std::uint16_t id, std::uint16_t sequence);
    packet& echo_reply(std::uint16_t id, std::uint16_t sequence);
    /// Neighbour solicitation; hop limit 255. Without to(): to the target's solicited-node group.
    packet& solicit(std::string_view target);
    packet& arp_request(); ///< from() asks for to()
    packet& arp_reply();   ///< from() answers to()
    /// The IP packet of a frame, in a tunnel.
    packet& carry(std::span<const std::byte> frame, encapsulation how = encapsulation::ipip);
    packet& proto(std::uint8_t number); ///< anything else: payload only

    packet& syn();
    packet& ack();
    packet& fin();
    packet& rst();
    packet& psh();
    packet& flags(std::uint8_t value);
    packet& seq(std::uint32_t value);
    packet& acknowledge(std::uint32_t value); ///< the number; sets ACK
    packet& tcp_options(std::vector<std::uint8_t> bytes);
    packet& tag(std::uint32_t value); ///< SCTP: the verification tag
    /// Adds an SCTP chunk with this many bytes of body, padded to a multiple of 4.
    packet& chunk(std::uint8_t type, std::size_t body = 0);
    packet& init() { return tag(0).chunk(1, 16); }
    packet& no_checksum();             ///< UDP: 0
    packet& no_link_option();          ///< solicit: without the sender's MAC
    packet& payload(std::size_t size); ///< this many bytes 0, 1, 2, …
    packet& payload(std::string_view text);
    /// ICMP error: quotes the IP packet of a frame, at most `quoted` bytes of it.
    packet& about(std::span<const std::byte> frame, std::size_t quoted = SIZE_MAX);

    bytes_of_frame bytes() const;

private:
    enum class content { none, tcp, udp, sctp, icmp, solicitation, arp, carried };
    using octets = std::vector<std::uint8_t>;

    octets transport() const;
    octets ip_packet() const;
    octets arp_packet() const;
    bool v6() const { return source_.is_v6(); }

    mac_address source_mac_;
    mac_address destination_mac_;
    bool mac_given_ = false;
    std::uint16_t vlan_ = 0;
    std::size_t pad_ = 0;
    ip_address source_;
    ip_address destination_;
    std::uint8_t ttl_ = 64;
    std::uint8_t tos_ = 0;
    std::uint32_t id_ = 0;
    bool df_ = false;
    octets options_;
    std::vector<std::pair<std::uint8_t, octets>> extensions_;
    bool fragment_ = false;
    std::uint16_t offset_ = 0;
    bool more_ = false;
    content content_ = content::none;
    std::uint8_t proto_ = 59;
    std::uint16_t source_port_ = 0;
    std::uint16_t destination_port_ = 0;
    std::uint8_t flags_ = 0;
    std::uint32_t seq_ = 1000;
    std::uint32_t acknowledge_ = 1001; ///< of the other end's SYN-ACK
    octets tcp_options_;
    std::uint32_t tag_ = 7000;
    octets chunks_;
    bool no_checksum_ = false;
    bool link_option_ = true;
    std::uint8_t icmp_type_ = 0;
    std::uint8_t icmp_code_ = 0;
    std::uint32_t icmp_rest_ = 0;
    std::uint16_t arp_operation_ = 0;
    ip_address target_;
    octets payload_;
};

/// Cuts a frame's IP packet into fragments that fit into `mtu`, as a sender does. The packet must
/// have no options or extension headers.
std::vector<bytes_of_frame> fragments_of(std::span<const std::byte> frame, std::size_t mtu,
                                         std::uint32_t id);

/// True if all checksums of the frame are right: IP, transport, and those of a carried or quoted
/// packet as far as it is whole. Ignores transport checksums of fragments.
bool checksums_good(std::span<const std::byte> frame);

/// The frame in one line, for messages.
std::string describe(std::span<const std::byte> frame);

/// Where the IP (or ARP) header of a frame starts: after a VLAN tag, if there is one.
std::size_t network_offset(std::span<const std::byte> frame);

/// Unsigned numbers in network order, at any alignment.
std::uint8_t get8(std::span<const std::byte> bytes, std::size_t at);
std::uint16_t get16(std::span<const std::byte> bytes, std::size_t at);
std::uint32_t get32(std::span<const std::byte> bytes, std::size_t at);
void put8(std::span<std::byte> bytes, std::size_t at, std::uint8_t value);
void put16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value);

/// The Internet checksum of the bytes (RFC 1071), computed the slow and obvious way; host order.
std::uint16_t plain_checksum(std::span<const std::byte> bytes, std::uint32_t seed = 0);
/// SCTP's checksum of the bytes (RFC 9260 appendix A), bit by bit.
std::uint32_t plain_crc32c(std::span<const std::byte> bytes);
/// True if the checksum of an SCTP packet, from its ports to its end, is right.
bool sctp_good(std::span<const std::byte> sctp);
/// The sum of a pseudo header, as a seed.
std::uint32_t pseudo_seed(const ip_address& source, const ip_address& destination,
                          std::uint8_t proto, std::size_t length);

/// Writes a valid IPv4 header checksum after a change of the header.
void mend_ip_checksum(std::span<std::byte> frame);

} // namespace weir::test
