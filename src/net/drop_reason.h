#pragma once

// Why a packet is not sent on. Every packet received is transmitted, handed to Linux, or counted
// under exactly one of these; `weirctl status` shows them by these names.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::inline net {

enum class drop_reason : std::uint8_t {
    none, ///< not dropped
    // The bytes themselves.
    truncated,    ///< ends inside a header
    bad_version,  ///< IP version field does not fit the EtherType
    bad_length,   ///< IP or UDP length contradicts the bytes received
    bad_checksum, ///< IPv4 header checksum wrong, or that of an ICMP message weir acts on
    martian,      ///< an address that cannot stand there: loopback, multicast source (also MAC)
    source_route, ///< LSRR/SSRR option or routing header (RFC 7126 section 4.3, RFC 5095)
    land,         ///< source and destination are the same
    not_for_us,   ///< destination MAC is neither ours, multicast nor broadcast
    wrong_vlan,   ///< a VLAN no port is on
    ttl_expired,  ///< TTL or hop limit used up; answered by time exceeded
    too_big,      ///< larger than the way out and DF set; answered by fragmentation needed
    oversized,    ///< larger than any buffer or an encapsulation leaves room for
    // Fragments.
    fragment_orphan, ///< its first fragment did not come
    fragments_full,  ///< no room to follow another fragmented packet
    sctp_fragment,   ///< of SCTP, and NAT changes the port: the checksum covers the whole packet
    // Services.
    no_connection,  ///< TCP without SYN (answered by a reset) or SCTP without INIT for a service,
                    ///< and no flow
    no_destination, ///< the service has no server to give; answered by port unreachable
    no_service,     ///< for a VIP, but no service listens there
    icmp_unmatched, ///< ICMP error about a flow we do not have
    tunnel_error,   ///< ICMP error about a tunnel of ours: its news are taken, the packet ends here
    server_gone,    ///< its server was removed and the drain time has passed
    // The way out.
    no_route,             ///< no route to the server
    no_neighbour,         ///< the neighbour did not answer
    neighbour_queue_full, ///< too many packets wait for one neighbour
    port_down,            ///< the way out leads through a port without link
    tx_full,              ///< the device's queue is full
    ring_full,            ///< the ring to another core is full
    twin_full,            ///< Linux does not take the packets fast enough
    no_twin,              ///< not for a service, and the port has no twin
    no_buffer,            ///< out of packet buffers
    count_
};

inline constexpr std::size_t drop_reasons = static_cast<std::size_t>(drop_reason::count_);

/// Its name as statistics show it: the enumerator's own.
constexpr std::string_view name_of(drop_reason reason) noexcept {
    // clang-format off
    constexpr std::array<std::string_view, drop_reasons> names{
        "none",           "truncated",       "bad_version",    "bad_length",
        "bad_checksum",   "martian",         "source_route",   "land",
        "not_for_us",     "wrong_vlan",      "ttl_expired",    "too_big",
        "oversized",      "fragment_orphan", "fragments_full", "sctp_fragment",
        "no_connection",  "no_destination",  "no_service",     "icmp_unmatched",
        "tunnel_error",   "server_gone",     "no_route",       "no_neighbour",
        "neighbour_queue_full", "port_down",       "tx_full",        "ring_full",
        "twin_full",      "no_twin",         "no_buffer"};
    // clang-format on
    return names[static_cast<std::size_t>(reason)];
}

} // namespace weir::inline net
