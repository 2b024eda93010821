// Translation of ICMP errors. Every field that changes inside the message adds to one difference,
// which finally goes into the ICMP checksum.

#include <algorithm>

#include "net/ipv6_chain.h"
#include "net/rewrite.h"

namespace weir::inline net {

namespace {

/// Transport bytes that the quoted packet or fragment had before it was cut. What follows them in a
/// quote is padding (RFC 4884 section 4).
std::size_t own_transport(const std::byte* inner, const std::byte* l4, bool v6) noexcept {
    const auto header = static_cast<std::size_t>(l4 - inner);
    const std::size_t length =
        v6 ? sizeof(ipv6_header) + header_at<ipv6_header>(inner, 0).payload_length.host()
           : header_at<ipv4_header>(inner, 0).total_length.host();
    return length > header ? length - header : 0;
}

/// The same of the whole packet; 0 if unknown, for a fragment.
std::size_t whole_transport(const std::byte* inner, const std::byte* l4, bool v6) noexcept {
    const bool fragment =
        v6 ? follow_chain({inner, static_cast<std::size_t>(l4 - inner)}).more_fragments
           : (header_at<ipv4_header>(inner, 0).fragment.host() & ipv4_header::more_fragments) != 0;
    return fragment ? 0 : own_transport(inner, l4, v6);
}

/// TCP and UDP. Returns the difference.
checksum_sum translate_quoted_ports(std::byte* l4, const packet_view& view, std::size_t quoted,
                                    side which, be16 port, checksum_sum address_change) noexcept {
    auto& udp = header_at<udp_header>(l4, 0); // TCP has its ports at the same offset
    be16& port_field = which == side::source ? udp.source_port : udp.destination_port;
    const checksum_sum port_change = checksum_difference(port_field.raw, port.raw);
    port_field = port;

    const bool is_udp = view.key.proto == static_cast<std::uint8_t>(protocol::udp);
    const bool has_checksum =
        is_udp || quoted >= offsetof(tcp_header, checksum) + sizeof(tcp_header::checksum);
    if (!has_checksum) return port_change;
    be16& field = is_udp ? udp.checksum : header_at<tcp_header>(l4, 0).checksum;
    const be16 before = field;
    field = rewriting::transport_checksum(before, is_udp, address_change + port_change);
    return port_change + checksum_difference(before.raw, field.raw);
}

/// Returns the difference.
checksum_sum translate_quoted_sctp(std::byte* inner, std::byte* l4, const packet_view& view,
                                   std::size_t quoted, side which, be16 port) noexcept {
    const std::size_t whole = whole_transport(inner, l4, view.v6);
    const bool has_checksum = quoted >= sizeof(sctp_header) && whole >= sizeof(sctp_header);
    // The checksum may change only if the quote contains it; the bytes after the quote are not this
    // packet's.
    be32 none;
    be32& field = has_checksum ? header_at<sctp_header>(l4, 0).checksum : none;
    be16& port_field = which == side::source ? header_at<udp_header>(l4, 0).source_port
                                             : header_at<udp_header>(l4, 0).destination_port;
    const be32 before = field;
    const checksum_sum port_change = checksum_difference(port_field.raw, port.raw);
    rewriting::replace_sctp_port(l4, which, port, whole, has_checksum ? quoted : 0);
    return port_change + checksum_difference(before.raw, field.raw);
}

} // namespace

void translate_icmp_error(std::byte* frame, const packet_view& view, side embedded,
                          const ip_address& address, be16 port) noexcept {
    std::byte* const outer = frame + view.l3;
    std::byte* const inner = frame + view.inner;

    const be16 header_checksum_before =
        view.v6 ? be16{} : header_at<ipv4_header>(inner, 0).checksum;
    const checksum_sum address_change =
        rewriting::replace_address(inner, view.v6, embedded, address);
    checksum_sum change = address_change;
    if (!view.v6)
        change += checksum_difference(header_checksum_before.raw,
                                      header_at<ipv4_header>(inner, 0).checksum.raw);

    std::byte* const l4 = frame + view.inner_l4;
    const std::size_t quoted = std::min(std::size_t{view.l3} + view.ip_length - view.inner_l4,
                                        own_transport(inner, l4, view.v6));
    change += view.key.proto == static_cast<std::uint8_t>(protocol::sctp)
                  ? translate_quoted_sctp(inner, l4, view, quoted, embedded, port)
                  : translate_quoted_ports(l4, view, quoted, embedded, port, address_change);

    const side opposite = embedded == side::source ? side::destination : side::source;
    // The outer address counts in ICMPv6, whose checksum covers the pseudo header.
    const checksum_sum outer_change = rewriting::replace_address(outer, view.v6, opposite, address);
    if (view.v6) change += outer_change;
    auto& icmp = header_at<icmp_header>(frame, view.l4);
    icmp.checksum = checksum_update(icmp.checksum, change);
}

} // namespace weir::inline net
