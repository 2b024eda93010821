#pragma once

// Protocol headers as they are in memory. Every field is aligned to a byte (be16 and be32 are), so
// code may cast a pointer into a packet to any of these. The types make multi-byte fields network
// order.

#include <array>
#include <cstddef>
#include <cstdint>

#include "net/types.h"

namespace weir::inline net {

/// The header at `offset`. The caller has checked that all of it is there.
template <typename Header>
const Header& header_at(const std::byte* bytes, std::size_t offset) noexcept {
    static_assert(alignof(Header) == 1);
    return *reinterpret_cast<const Header*>(bytes + offset);
}
template <typename Header>
Header& header_at(std::byte* bytes, std::size_t offset) noexcept {
    static_assert(alignof(Header) == 1);
    return *reinterpret_cast<Header*>(bytes + offset);
}

/// EtherTypes (IANA "IEEE 802 Numbers").
enum class ether_type : std::uint16_t { ipv4 = 0x0800, arp = 0x0806, vlan = 0x8100, ipv6 = 0x86dd };

/// The EtherType of this family, as in a frame.
constexpr be16 ether_type_of(bool v6) noexcept {
    return be16::from_host(static_cast<std::uint16_t>(v6 ? ether_type::ipv6 : ether_type::ipv4));
}

struct ether_header {
    mac_address destination;
    mac_address source;
    be16 type;
};
static_assert(sizeof(ether_header) == 14);

/// The fields after the source address in a tagged frame (IEEE 802.1Q).
struct vlan_header {
    be16 tag; ///< priority in the top 3 bits, id in the low 12
    be16 type;
};

/// RFC 791 section 3.1.
struct ipv4_header {
    std::uint8_t version_ihl;
    std::uint8_t tos;
    be16 total_length;
    be16 id;
    be16 fragment; ///< flags in the top 3 bits; below them the offset in units of 8 bytes
    std::uint8_t ttl;
    std::uint8_t proto;
    be16 checksum;
    be32 source;
    be32 destination;

    static constexpr std::uint16_t dont_fragment = 0x4000;
    static constexpr std::uint16_t more_fragments = 0x2000;
    static constexpr std::uint16_t offset_mask = 0x1fff;

    std::size_t header_length() const noexcept { return (version_ihl & 0xfu) * 4u; }
};
static_assert(sizeof(ipv4_header) == 20);

/// RFC 8200 section 3.
struct ipv6_header {
    be32 version_class_flow;
    be16 payload_length;
    std::uint8_t next_header;
    std::uint8_t hop_limit;
    std::array<std::uint8_t, 16> source;
    std::array<std::uint8_t, 16> destination;
};
static_assert(sizeof(ipv6_header) == 40);

/// RFC 8200 section 4.5.
struct ipv6_fragment_header {
    static constexpr std::uint8_t number = 44; ///< in the header before it

    std::uint8_t next_header;
    std::uint8_t reserved;
    be16 offset; ///< offset in units of 8 bytes in the top 13 bits, "more" in the lowest
    be32 id;
};
static_assert(sizeof(ipv6_fragment_header) == 8);

/// RFC 9293 section 3.1.
struct tcp_header {
    be16 source_port;
    be16 destination_port;
    be32 sequence;
    be32 acknowledgement;
    std::uint8_t data_offset; ///< in units of 4 bytes, in the top 4 bits
    std::uint8_t flags;
    be16 window;
    be16 checksum;
    be16 urgent;

    std::size_t header_length() const noexcept { return (data_offset & 0xf0u) >> 2; }

    enum flag : std::uint8_t { fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10 };

    /// True if these flags ask for a connection.
    static constexpr bool opens(std::uint8_t flags) noexcept {
        return (flags & (syn | ack | rst)) == syn;
    }
};
static_assert(sizeof(tcp_header) == 20);

/// RFC 768.
struct udp_header {
    be16 source_port;
    be16 destination_port;
    be16 length;
    be16 checksum;
};
static_assert(sizeof(udp_header) == 8);

/// RFC 9260 section 3.1. The checksum is a CRC32c over the whole packet, IP header excluded. The
/// lowest byte comes first (appendix A), so `raw` is the number.
struct sctp_header {
    be16 source_port;
    be16 destination_port;
    be32 tag;
    be32 checksum;
};
static_assert(sizeof(sctp_header) == 12);

/// The head of every chunk (RFC 9260 section 3.2).
struct sctp_chunk_header {
    std::uint8_t type;
    std::uint8_t flags;
    be16 length; ///< of the chunk, this header included; the next chunk starts at a multiple of 4
};
static_assert(sizeof(sctp_chunk_header) == 4);

/// The chunk types that weir knows (RFC 9260 section 3.2).
enum sctp_chunk_type : std::uint8_t {
    sctp_data = 0,
    sctp_init = 1,
    sctp_init_ack = 2,
    sctp_abort = 6,
    sctp_shutdown = 7,
    sctp_shutdown_ack = 8,
    sctp_error = 9,
    sctp_cookie_echo = 10,
    sctp_cookie_ack = 11,
    sctp_shutdown_complete = 14,
};

/// RFC 792, RFC 4443. The type determines `rest`: id and sequence of an echo, MTU of a "too big".
struct icmp_header {
    std::uint8_t type;
    std::uint8_t code;
    be16 checksum;
    be32 rest;
};
static_assert(sizeof(icmp_header) == 8);

/// The ICMP types that weir knows (RFC 792; RFC 4443; RFC 4861).
enum icmpv4_type : std::uint8_t {
    icmpv4_echo_reply = 0,
    icmpv4_unreachable = 3,
    icmpv4_source_quench = 4,
    icmpv4_redirect = 5,
    icmpv4_echo = 8,
    icmpv4_time_exceeded = 11,
    icmpv4_parameter_problem = 12,
};
enum icmpv4_unreachable_code : std::uint8_t {
    icmpv4_host_unreachable = 1,
    icmpv4_protocol_unreachable = 2,
    icmpv4_port_unreachable = 3,
    icmpv4_fragmentation_needed = 4,
};
enum icmpv6_type : std::uint8_t {
    icmpv6_unreachable = 1,
    icmpv6_too_big = 2,
    icmpv6_time_exceeded = 3,
    icmpv6_parameter_problem = 4,
    icmpv6_last_error = 127,
    icmpv6_echo = 128,
    icmpv6_echo_reply = 129,
    icmpv6_solicitation = 135,
    icmpv6_advertisement = 136,
    icmpv6_redirect = 137,
};
enum icmpv6_unreachable_code : std::uint8_t {
    icmpv6_address_unreachable = 3,
    icmpv6_port_unreachable = 4,
};
enum icmpv6_parameter_code : std::uint8_t { icmpv6_unknown_next_header = 1 };

/// Neighbour solicitation and advertisement, without options (RFC 4861 section 4.3, 4.4).
struct neighbour_header {
    icmp_header icmp; ///< `rest`: the flags of an advertisement
    std::array<std::uint8_t, 16> target;

    static constexpr std::uint8_t hop_limit =
        255; ///< of its IP header: it proves that no router forwarded the packet
};
static_assert(sizeof(neighbour_header) == 24);

/// A link-layer address option of neighbour discovery (RFC 4861 section 4.6.1).
struct link_option {
    std::uint8_t type;
    std::uint8_t length; ///< in units of 8 bytes: 1
    mac_address address;

    static constexpr std::uint8_t source = 1;
    static constexpr std::uint8_t target = 2;
};
static_assert(sizeof(link_option) == 8);

/// RFC 826, for IPv4 over Ethernet.
struct arp_header {
    be16 hardware;
    be16 protocol_type;
    std::uint8_t hardware_length;
    std::uint8_t protocol_length;
    be16 operation;
    mac_address sender_mac;
    be32 sender;
    mac_address target_mac;
    be32 target;

    static constexpr be16 ethernet = be16::from_host(1);
    static constexpr be16 request = be16::from_host(1);
    static constexpr be16 reply = be16::from_host(2);
};
static_assert(sizeof(arp_header) == 28);

} // namespace weir::inline net
