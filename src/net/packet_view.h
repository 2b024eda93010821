#pragma once

// What the parser found in a frame. The key is the packet's own, as it arrived: rewriting the frame
// does not change it. Plain values: any thread.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/drop_reason.h"
#include "net/headers.h"
#include "net/types.h"

namespace weir::inline net {

enum class packet_kind : std::uint8_t {
    flow,       ///< whole TCP, UDP or SCTP packet (or first fragment: see `fragmented`), key filled
    icmp_error, ///< ICMP(v6) error, checksum right, whose embedded header names a flow; key = the
                ///< *embedded* packet's. Embedded IP-in-IP: key.proto 4 or 41, ports 0
    fragment,   ///< a later fragment of these: key has addresses and protocol, ports 0
    echo,       ///< ICMP(v6) echo request to a host, whole, checksum right; key addresses filled
    arp,        ///< ARP for IPv4 over Ethernet, complete
    solicitation, ///< neighbour solicitation (RFC 4861), hop limit 255, complete
    tunnelled,    ///< IP-in-IP (protocol 4 or 41) addressed to somebody; key addresses filled
    other,        ///< for Linux to judge
    bad,          ///< to be dropped for `reason`
};

/// What parse() found. Offsets count from the first byte of the frame. The fields stand so that
/// those of a common packet are three words behind the key (set_simple).
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
    std::uint8_t sctp_chunk = 0; ///< type of the chunk that decides what becomes of the association
    bool fragmented = false;     ///< first fragment of several
    std::uint16_t fragment_offset = 0; ///< bytes

    std::uint32_t fragment_id = 0; ///< of a fragment; else 0
    std::uint16_t inner = 0;       ///< icmp_error: embedded IP header
    std::uint16_t inner_l4 = 0; ///< icmp_error: embedded transport header (at least 8 bytes there)

    /// Does it begin a connection: TCP with SYN, without ACK or RST; SCTP's INIT?
    bool opens() const noexcept {
        return key.proto == static_cast<std::uint8_t>(protocol::tcp)
                   ? tcp_header::opens(tcp_flags)
                   : key.proto == static_cast<std::uint8_t>(protocol::sctp)
                         && sctp_chunk == sctp_init;
    }

    /// Sets all but the key, of a whole untagged packet of a TCP or UDP flow that has nothing
    /// between its IP and transport headers.
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
// What set_simple() relies on.
static_assert(offsetof(packet_view, l3) == 40 && offsetof(packet_view, l4) == 42
              && offsetof(packet_view, ip_length) == 44 && offsetof(packet_view, kind) == 48
              && offsetof(packet_view, tcp_flags) == 50 && offsetof(packet_view, v6) == 51
              && offsetof(packet_view, fragment_id) == 56);
static_assert(packet_kind::flow == packet_kind{} && drop_reason::none == drop_reason{});

/// What the device has already checked.
enum class ip_checksum : std::uint8_t { unknown, good, bad };

} // namespace weir::inline net
