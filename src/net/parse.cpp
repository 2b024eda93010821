#include "net/parse.h"

#include "net/parse_parts.h"

namespace weir::inline net {

namespace {

void parse_arp(frame_bytes frame, packet_view& view) noexcept {
    if (frame.size() - view.l3 < sizeof(arp_header)) return reject(view, drop_reason::truncated);
    const auto& arp = header_at<arp_header>(frame.data(), view.l3);
    constexpr be16 ipv4 = be16::from_host(static_cast<std::uint16_t>(ether_type::ipv4));
    const bool ours = arp.hardware == arp_header::ethernet && arp.protocol_type == ipv4
                      && arp.hardware_length == sizeof(mac_address)
                      && arp.protocol_length == sizeof(be32);
    view.kind = ours ? packet_kind::arp : packet_kind::other;
}

} // namespace

void parse(std::span<const std::byte> frame, ip_checksum device_says, packet_view& view) noexcept {
    view = {};
    if (frame.size() < sizeof(ether_header)) return reject(view, drop_reason::truncated);
    const auto& ether = header_at<ether_header>(frame.data(), 0);
    // A group never sends (IEEE 802 section 8.2.2); an answer would go to all its members.
    if (ether.source.is_multicast()) return reject(view, drop_reason::martian);
    be16 type = ether.type;
    view.l3 = sizeof(ether_header);
    if (type.host() == static_cast<std::uint16_t>(ether_type::vlan)) {
        if (frame.size() < view.l3 + sizeof(vlan_header))
            return reject(view, drop_reason::truncated);
        const auto& tag = header_at<vlan_header>(frame.data(), view.l3);
        view.vlan = tag.tag.host() & 0xfff;
        type = tag.type;
        view.l3 += sizeof tag;
    }
    switch (static_cast<ether_type>(type.host())) {
    case ether_type::ipv4:
        return parse_ipv4(frame, device_says, view);
    case ether_type::ipv6:
        return parse_ipv6(frame, view);
    case ether_type::arp:
        return parse_arp(frame, view);
    default: // also a second tag
        view.kind = packet_kind::other;
    }
}

} // namespace weir::inline net
