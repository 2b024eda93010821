#include "net/answer_parts.h"

#include <algorithm>

#include "net/address_class.h"
#include "net/checksum.h"

namespace weir::inline net {

address_pair addresses_of(const std::byte* ip, bool v6) noexcept {
    if (v6) {
        const auto& header = header_at<ipv6_header>(ip, 0);
        return {ip_address::v6(header.source.data()), ip_address::v6(header.destination.data())};
    }
    const auto& header = header_at<ipv4_header>(ip, 0);
    return {ip_address::v4(header.source), ip_address::v4(header.destination)};
}

void write_ip_header(std::byte* ip, const own_packet& packet) noexcept {
    const auto proto = static_cast<std::uint8_t>(packet.proto);
    if (packet.source.is_v6()) {
        const std::uint32_t version_class = 6u << 28 | std::uint32_t{packet.traffic_class} << 20;
        const auto length = static_cast<std::uint16_t>(packet.payload);
        header_at<ipv6_header>(ip, 0) = {.version_class_flow = be32::from_host(version_class),
                                         .payload_length = be16::from_host(length),
                                         .next_header = proto,
                                         .hop_limit = packet.ttl,
                                         .source = packet.source.bytes(),
                                         .destination = packet.destination.bytes()};
        return;
    }
    auto& header = header_at<ipv4_header>(ip, 0);
    const auto length = static_cast<std::uint16_t>(sizeof header + packet.payload);
    // DF is set and the packet is never fragmented, so it needs no identification (RFC 6864 section
    // 4.1).
    header = {.version_ihl = 0x45,
              .tos = packet.traffic_class,
              .total_length = be16::from_host(length),
              .id = {},
              .fragment = be16::from_host(ipv4_header::dont_fragment),
              .ttl = packet.ttl,
              .proto = proto,
              .checksum = {},
              .source = packet.source.as_v4(),
              .destination = packet.destination.as_v4()};
    header.checksum = checksum_finish(checksum_add({ip, sizeof header}));
}

void finish_icmp(std::byte* ip, const own_packet& packet) noexcept {
    const bool v6 = packet.source.is_v6();
    std::byte* const message = ip + ip_header_size(v6);
    auto& icmp = header_at<icmp_header>(message, 0);
    icmp.checksum = {};
    checksum_sum sum = checksum_add({message, packet.payload});
    if (v6)
        sum += pseudo_header_sum(packet.source, packet.destination, packet.proto,
                                 static_cast<std::uint32_t>(packet.payload));
    icmp.checksum = checksum_finish(sum);
}

void write_link_back(const std::byte* frame, const packet_view& view, std::byte* out) noexcept {
    std::copy_n(frame, view.l3, out);
    const auto& from = header_at<ether_header>(frame, 0);
    auto& ether = header_at<ether_header>(out, 0);
    ether.destination = from.source;
    ether.source = from.destination;
}

bool may_answer(std::span<const std::byte> frame, const packet_view& view) noexcept {
    if (view.ip_length == 0 || view.kind == packet_kind::bad || view.kind == packet_kind::icmp_error
        || view.fragment_offset > 0
        || header_at<ether_header>(frame.data(), 0).destination.is_multicast())
        return false;
    const auto [source, destination] = addresses_of(frame.data() + view.l3, view.v6);
    const auto is_host = [&](const ip_address& address) {
        return (view.v6 ? classify_v6(address) : classify(address.as_v4())) == address_class::host;
    };
    if (!is_host(source) || !is_host(destination)) return false;
    if (view.key.proto != static_cast<std::uint8_t>(view.v6 ? protocol::icmpv6 : protocol::icmp))
        return true;
    if (view.l4 >= view.l3 + view.ip_length) return false;
    const auto type = std::to_integer<std::uint8_t>(frame[view.l4]);
    if (view.v6) return type > icmpv6_last_error && type != icmpv6_redirect;
    constexpr std::uint8_t first_of_queries = 13; // timestamp, information, mask: 13 to 18
    return type == icmpv4_echo || type == icmpv4_echo_reply
           || (type >= first_of_queries && type < first_of_queries + 6);
}

} // namespace weir::inline net
