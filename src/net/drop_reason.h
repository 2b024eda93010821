#pragma once

// Why weir drops a packet. It transmits every packet it receives, hands it to Linux, or counts it
// under exactly one of these reasons; `weirctl status` shows them by these names.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::inline net {

enum class drop_reason : std::uint8_t {
    none, ///< not dropped
    // The bytes themselves.
    truncated,    ///< ends inside a header
    bad_version,  ///< the IP version field contradicts the EtherType
    bad_length,   ///< IP or UDP length contradicts the bytes received
    bad_checksum, ///< of the IPv4 header, or of an ICMP message that weir acts on
    martian, ///< an address that is invalid there: loopback, multicast source (also MAC), a VIP
             ///< in a frame to all hosts
    source_route, ///< LSRR/SSRR option or routing header (RFC 7126 section 4.3, RFC 5095)
    false_source, ///< for a VIP, from an address of weir's own, a VIP, a network's broadcast
                  ///< address, or the NAT server it would go to
    wrong_way,    ///< from a source that `source-check` does not take through this port
    land,         ///< source and destination are the same
    not_for_us,   ///< destination MAC is neither ours, multicast nor broadcast
    wrong_vlan,   ///< a VLAN that no port is on
    ttl_expired,  ///< TTL or hop limit used up; weir answers with time exceeded
    too_big,      ///< larger than the way out, and DF set; weir answers with fragmentation needed
    oversized,    ///< larger than any buffer, or than the room in a tunnel
    // Fragments.
    fragment_orphan, ///< its first fragment did not come
    fragments_full,  ///< no room to follow another fragmented packet
    sctp_fragment,   ///< of SCTP, and NAT changes the port: the checksum covers the whole packet
    // Services.
    no_connection,  ///< for a service, without a flow: TCP without SYN (answered with a reset) or
                    ///< SCTP without INIT
    no_destination, ///< the service has no server to give; weir answers with port unreachable
    no_service,     ///< for a VIP, but no service listens there
    no_protocol, ///< for a VIP, of a protocol that no service can have; weir answers with protocol
                 ///< unreachable
    icmp_unwanted,  ///< ICMP for a VIP: neither a ping nor an error that names a flow
    not_answered,   ///< asks for an address that weir serves and does not speak for
    icmp_unmatched, ///< an ICMP error about a flow that weir does not know
    tunnel_error, ///< an ICMP error about one of our tunnels: weir notes its news; the packet ends
                  ///< here
    ping_limit,   ///< a ping of a VIP, more than weir answers in a second
    server_gone,  ///< its server was removed and the drain time is over
    not_held,     ///< for an address of a VRRP group that another director holds
    // The way out.
    no_route,             ///< no route to the server
    no_neighbour,         ///< the neighbour did not answer
    neighbour_queue_full, ///< too many packets wait for one neighbour
    port_down,            ///< the port on the way out has no link
    tx_full,              ///< the device's queue is full
    ring_full,            ///< the ring to another core is full
    checks_full, ///< from a server or peer, to Linux, which does not take packets fast enough
    link_full,   ///< ARP, neighbour discovery or VRRP, likewise
    twin_full,   ///< anything else, likewise
    no_twin,     ///< not for a service, and the port has no twin
    no_buffer,   ///< out of packet buffers
    count_
};

inline constexpr std::size_t drop_reasons = static_cast<std::size_t>(drop_reason::count_);

/// Its name in statistics: the enumerator's own.
constexpr std::string_view name_of(drop_reason reason) noexcept {
    // clang-format off
    constexpr std::array<std::string_view, drop_reasons> names{
        "none",           "truncated",       "bad_version",    "bad_length",
        "bad_checksum",   "martian",         "source_route",   "false_source", "wrong_way", "land",
        "not_for_us",     "wrong_vlan",      "ttl_expired",    "too_big",
        "oversized",      "fragment_orphan", "fragments_full", "sctp_fragment",
        "no_connection",  "no_destination",  "no_service",     "no_protocol",  "icmp_unwanted", "not_answered", "icmp_unmatched",
        "tunnel_error",   "ping_limit", "server_gone",     "not_held",       "no_route",       "no_neighbour",
        "neighbour_queue_full", "port_down",       "tx_full",        "ring_full",
        "checks_full", "link_full", "twin_full",      "no_twin",         "no_buffer"};
    // clang-format on
    return names[static_cast<std::size_t>(reason)];
}

} // namespace weir::inline net
