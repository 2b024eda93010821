#pragma once

// The result of parsing a frame. The key is the packet's own, as it arrived; rewriting the frame
// does not change it. Plain values: any thread.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/drop_reason.h"
#include "net/headers.h"
#include "net/types.h"

namespace weir::inline net {

enum class packet_kind : std::uint8_t {
    flow, ///< whole TCP, UDP or SCTP packet (or first fragment: see `fragmented`), with its key
    icmp_error, ///< ICMP(v6) error with a right checksum whose embedded header names a flow; the
                ///< key is the *embedded* packet's. Embedded IP-in-IP: key.proto 4 or 41, ports 0
    fragment,   ///< a later fragment of these, or of ICMP: the key has addresses and protocol,
                ///< ports 0
    echo, ///< ICMP(v6) echo request to a host; the key has the addresses. Whole and its checksum
          ///< right, or the first of several fragments: see `fragmented`
    arp,  ///< ARP for IPv4 over Ethernet, complete
    solicitation,  ///< neighbour solicitation (RFC 4861), hop limit 255, complete
    advertisement, ///< neighbour advertisement, likewise, to a host or a group
    vrrp,          ///< an advertisement of VRRP (protocol 112), to a group or to one host, whole
    tunnelled,     ///< IP-in-IP (protocol 4 or 41) to one host; the key has the addresses
    other,         ///< Linux decides
    bad,           ///< dropped for `reason`
};

/// The result of parse(). Offsets count from the first byte of the frame. The fields are in this
/// order so that those of a common packet are three words behind the key (set_simple).
struct packet_view {
    flow_key key;
    std::uint16_t l3 = 0;        ///< IP header
    std::uint16_t l4 = 0;        ///< transport header (of icmp_error: the ICMP header)
    std::uint16_t ip_length = 0; ///< bytes from l3 to the end of the IP packet; padding excluded
    std::uint16_t vlan = 0;      ///< 802.1Q id; 0 = untagged

    packet_kind kind = packet_kind::bad;
    drop_reason reason = drop_reason::none;
    std::uint8_t tcp_flags = 0;
    bool v6 = false;
    std::uint8_t sctp_chunk = 0; ///< type of the chunk that decides the association's next state
    bool fragmented = false;     ///< first of several fragments
    std::uint16_t fragment_offset = 0; ///< bytes

    std::uint32_t fragment_id = 0; ///< of a fragment; else 0
    std::uint16_t inner = 0;       ///< icmp_error: embedded IP header
    std::uint16_t inner_l4 = 0; ///< icmp_error: embedded transport header (at least 8 bytes there)

    /// True if the packet opens a connection: TCP with SYN, without ACK or RST; SCTP's INIT.
    bool opens() const noexcept {
        return key.proto == static_cast<std::uint8_t>(protocol::tcp)
                   ? tcp_header::opens(tcp_flags)
                   : key.proto == static_cast<std::uint8_t>(protocol::sctp)
                         && sctp_chunk == sctp_init;
    }

    bool is_icmp() const noexcept {
        return key.proto == static_cast<std::uint8_t>(v6 ? protocol::icmpv6 : protocol::icmp);
    }

    /// Sets everything except the key, for a whole untagged TCP or UDP packet without options or
    /// extension headers.
    void set_simple(bool six, std::uint16_t length, std::uint8_t flags) noexcept {
        constexpr std::uint64_t link = sizeof(ether_header);
        const std::uint64_t ip = six ? sizeof(ipv6_header) : sizeof(ipv4_header);
        const std::uint64_t places = link | (link + ip) << 16 | std::uint64_t{length} << 32;
        const std::uint64_t facts = std::uint64_t{flags} << 16 | std::uint64_t{six} << 24;
        const std::uint64_t fragment = 0;
        auto* const words = reinterpret_cast<std::byte*>(this) + sizeof key;
        std::memcpy(words, &places, sizeof places);
        std::memcpy(words + 8, &facts, sizeof facts);
        std::memcpy(words + 16, &fragment, sizeof fragment);
    }
};
static_assert(sizeof(packet_view) == 64);
// set_simple() relies on this layout.
static_assert(offsetof(packet_view, l3) == 40 && offsetof(packet_view, l4) == 42
              && offsetof(packet_view, ip_length) == 44 && offsetof(packet_view, kind) == 48
              && offsetof(packet_view, tcp_flags) == 50 && offsetof(packet_view, v6) == 51
              && offsetof(packet_view, fragment_id) == 56);
static_assert(packet_kind::flow == packet_kind{} && drop_reason::none == drop_reason{});

/// The checks that the device has already made.
enum class ip_checksum : std::uint8_t { unknown, good, bad };

} // namespace weir::inline net
