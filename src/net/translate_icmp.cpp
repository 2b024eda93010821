// Translation of ICMP errors. Every field that changes inside the message is added to one
// difference, which in the end goes into the ICMP checksum.

#include "net/rewrite.h"

namespace weir {

void translate_icmp_error(std::byte* frame, const packet_view& view, bool towards_server,
                          const ip_address& address, be16 port) noexcept {
    std::byte* const outer = frame + view.l3;
    std::byte* const inner = frame + view.inner;
    const bool inner_source = towards_server;
    const ip_address replaced = inner_source ? view.key.source : view.key.destination;

    const be16 header_checksum_before =
        view.v6 ? be16{} : header_at<ipv4_header>(inner, 0).checksum;
    const checksum_sum address_change =
        rewriting::replace_address(inner, view.v6, inner_source, address);
    checksum_sum change = address_change;
    if (!view.v6)
        change += checksum_difference(header_checksum_before.raw,
                                      header_at<ipv4_header>(inner, 0).checksum.raw);

    std::byte* const l4 = frame + view.inner_l4;
    auto& udp = header_at<udp_header>(l4, 0); // TCP has its ports at the same place
    be16& port_field = inner_source ? udp.source_port : udp.destination_port;
    const checksum_sum port_change = checksum_difference(port_field.raw, port.raw);
    port_field = port;
    change += port_change;

    const bool is_udp = view.key.proto == static_cast<std::uint8_t>(protocol::udp);
    const std::size_t quoted = std::size_t{view.l3} + view.ip_length - view.inner_l4;
    const bool has_checksum =
        is_udp || quoted >= offsetof(tcp_header, checksum) + sizeof(tcp_header::checksum);
    if (has_checksum) {
        be16& field = is_udp ? udp.checksum : header_at<tcp_header>(l4, 0).checksum;
        const be16 before = field;
        field = rewriting::transport_checksum(before, is_udp, address_change + port_change);
        change += checksum_difference(before.raw, field.raw);
    }

    // The outer address counts in ICMPv6, whose checksum covers the pseudo header.
    const ip_address outer_source =
        view.v6 ? ip_address::v6(header_at<ipv6_header>(outer, 0).source.data())
                : ip_address::v4(header_at<ipv4_header>(outer, 0).source);
    if (towards_server || outer_source == replaced) {
        const checksum_sum outer_change =
            rewriting::replace_address(outer, view.v6, !towards_server, address);
        if (view.v6) change += outer_change;
    }
    auto& icmp = header_at<icmp_header>(frame, view.l4);
    icmp.checksum = checksum_update(icmp.checksum, change);
}

} // namespace weir
