#pragma once

// The rewrites that forward a packet: pure functions over bytes that the caller has parsed and that
// have room. The ones that every packet needs are inline. Checksums change by the difference (RFC
// 1624 equation 3; SCTP's: net/crc32c.h), so a broken packet stays broken and the receiver notices.
// Any thread.

#include <cstddef>
#include <cstdint>

#include "net/checksum.h"
#include "net/crc32c.h"
#include "net/headers.h"
#include "net/packet_view.h"

namespace weir::inline net {

/// The packet's TTL or hop limit.
inline std::uint8_t ttl_of(const std::byte* ip, bool v6) noexcept {
    return v6 ? reinterpret_cast<const ipv6_header*>(ip)->hop_limit
              : reinterpret_cast<const ipv4_header*>(ip)->ttl;
}

/// True if routers must not fragment the packet: DF; always for IPv6.
inline bool must_stay_whole(const std::byte* ip, bool v6) noexcept {
    constexpr be16 df = be16::from_host(ipv4_header::dont_fragment);
    return v6 || (reinterpret_cast<const ipv4_header*>(ip)->fragment.raw & df.raw) != 0;
}

/// Decrements TTL or hop limit and keeps the header checksum right. The caller has checked that it
/// is above 1.
inline void decrement_ttl(std::byte* ip, bool v6) noexcept {
    if (v6) {
        --header_at<ipv6_header>(ip, 0).hop_limit;
        return;
    }
    auto& header = header_at<ipv4_header>(ip, 0);
    --header.ttl;
    // One less in the sum is one more in the checksum, with end-around carry (RFC 1624).
    const std::uint32_t sum = header.checksum.raw + 1u;
    header.checksum.raw = static_cast<std::uint16_t>(sum + (sum >= 0xffff ? 1 : 0));
}

/// The end of a packet that gets a new address and port.
enum class side : bool { source, destination };

namespace rewriting {

/// Adds a difference to a transport checksum. UDP's zero means "none" and stays; a UDP checksum
/// that would become zero is sent as ones (RFC 768).
inline be16 transport_checksum(be16 field, bool udp, checksum_sum difference) noexcept {
    if (udp && field.raw == 0) return field;
    const be16 updated = checksum_update(field, difference);
    return udp && updated.raw == 0 ? be16{0xffff} : updated;
}

/// Writes an address into an IP header as source or destination and updates IPv4's header checksum.
/// Returns the difference for other sums over that address.
inline checksum_sum replace_address(std::byte* ip, bool v6, side which,
                                    const ip_address& to) noexcept {
    if (v6) {
        auto& header = header_at<ipv6_header>(ip, 0);
        auto& field = which == side::source ? header.source : header.destination;
        const checksum_sum change = checksum_difference(ip_address::v6(field.data()), to);
        field = to.bytes();
        return change;
    }
    auto& header = header_at<ipv4_header>(ip, 0);
    be32& field = which == side::source ? header.source : header.destination;
    const checksum_sum change = checksum_difference(field.raw, to.as_v4().raw);
    field = to.as_v4();
    header.checksum = checksum_update(header.checksum, change);
    return change;
}

/// Writes a port into the first `size` bytes of an SCTP packet of `whole` bytes and updates the
/// checksum if those bytes contain it. SCTP's checksum does not cover addresses.
inline void replace_sctp_port(std::byte* l4, side which, be16 port, std::size_t whole,
                              std::size_t size) noexcept {
    auto& sctp = header_at<sctp_header>(l4, 0);
    be16& field = which == side::source ? sctp.source_port : sctp.destination_port;
    const std::size_t behind = whole - (which == side::source ? 2 : 4);
    if (field != port && size >= sizeof sctp)
        sctp.checksum.raw ^=
            crc32c_difference(static_cast<std::uint16_t>(field.raw ^ port.raw), behind);
    field = port;
}

/// Writes a port into a TCP or UDP header and updates its checksum; `change` is the difference from
/// the address.
inline void replace_port(std::byte* l4, bool udp, side which, be16 port,
                         checksum_sum change) noexcept {
    auto& header = header_at<udp_header>(l4, 0); // TCP has its ports at the same offset
    be16& field = which == side::source ? header.source_port : header.destination_port;
    const checksum_sum whole = change + checksum_difference(field.raw, port.raw);
    field = port;
    be16& checksum = udp ? header.checksum : header_at<tcp_header>(l4, 0).checksum;
    checksum = transport_checksum(checksum, udp, whole);
}

inline bool translate(std::byte* frame, const packet_view& view, side which,
                      const ip_address& address, be16 port, bool ports) noexcept {
    const checksum_sum change = replace_address(frame + view.l3, view.v6, which, address);
    if (!ports) return true;
    std::byte* const l4 = frame + view.l4;
    auto& udp = header_at<udp_header>(l4, 0); // TCP and SCTP have their ports at the same offset
    be16& field = which == side::source ? udp.source_port : udp.destination_port;
    const bool is_udp = view.key.proto == static_cast<std::uint8_t>(protocol::udp);
    if (!is_udp && view.key.proto == static_cast<std::uint8_t>(protocol::sctp)) [[unlikely]] {
        if (view.fragmented) return field == port;
        const std::size_t size = std::size_t{view.l3} + view.ip_length - view.l4;
        replace_sctp_port(l4, which, port, size, size);
        return true;
    }
    replace_port(l4, is_udp, which, port, change);
    return true;
}

} // namespace rewriting

/// One direction of network address translation: gives one end of the packet a new address and
/// port. IPv4 packets take IPv4 addresses, IPv6 packets IPv6 ones. Pass `ports` = false for later
/// fragments: the first one carries their ports and transport checksum. False: a first fragment of
/// SCTP cannot get another port, since the checksum covers bytes that are not there; the packet is
/// then spoilt.
[[nodiscard]] inline bool translate_destination(std::byte* frame, const packet_view& view,
                                                const ip_address& address, be16 port,
                                                bool ports = true) noexcept {
    return rewriting::translate(frame, view, side::destination, address, port, ports);
}
[[nodiscard]] inline bool translate_source(std::byte* frame, const packet_view& view,
                                           const ip_address& address, be16 port,
                                           bool ports = true) noexcept {
    return rewriting::translate(frame, view, side::source, address, port, ports);
}

/// The same for a TCP or UDP packet with its ports and checksum: it always succeeds.
inline void translate_plain(std::byte* frame, const packet_view& view, side which,
                            const ip_address& address, be16 port) noexcept {
    using namespace rewriting;
    const checksum_sum change = replace_address(frame + view.l3, view.v6, which, address);
    replace_port(frame + view.l4, view.key.proto == static_cast<std::uint8_t>(protocol::udp), which,
                 port, change);
}

/// Translates an ICMP error that belongs to a NAT flow: outer addresses, embedded addresses and
/// ports, embedded and outer checksums (RFC 5508 section 4.2). The error travels against the
/// embedded packet: translating the embedded *source* changes the outer *destination*, and the
/// reverse.
///
/// `embedded` = source: the error came from the client's side about a reply (embedded source =
/// VIP). Embedded source and outer destination become `address`:`port` (the server). `embedded` =
/// destination: it came from the server's side about a request (embedded destination = server).
/// Embedded destination and outer source become the VIP. That also hides a router beside the
/// server, whose address may mean nothing to the client (same section). The quoted transport header
/// may end after 8 bytes; the function touches nothing beyond the packet.
void translate_icmp_error(std::byte* frame, const packet_view& view, side embedded,
                          const ip_address& address, be16 port) noexcept;

} // namespace weir::inline net
