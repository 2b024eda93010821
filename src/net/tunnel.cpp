// The outer header of IP-in-IP.

#include "net/rewrite.h"

namespace weir {

namespace {

/// What the outer header takes over from the inner one.
struct inherited {
    std::uint8_t traffic_class;
    std::uint8_t ttl;
    bool dont_fragment;
    protocol proto; ///< the inner header's own kind
};

inherited read_inner(const std::byte* inner, bool v6) noexcept {
    if (v6) {
        const auto& ip = header_at<ipv6_header>(inner, 0);
        return {static_cast<std::uint8_t>(ip.version_class_flow.host() >> 20), ip.hop_limit, true,
                protocol::ipv6};
    }
    const auto& ip = header_at<ipv4_header>(inner, 0);
    return {ip.tos, ip.ttl, (ip.fragment.host() & ipv4_header::dont_fragment) != 0, protocol::ipv4};
}

} // namespace

void write_tunnel_header(std::byte* outer, const std::byte* inner, bool inner_v6,
                         std::uint16_t inner_length, const ip_address& source,
                         const ip_address& destination, std::uint16_t id) noexcept {
    const inherited from = read_inner(inner, inner_v6);
    const auto proto = static_cast<std::uint8_t>(from.proto);
    if (destination.is_v6()) {
        const std::uint32_t version_class = 6u << 28 | std::uint32_t{from.traffic_class} << 20;
        header_at<ipv6_header>(outer, 0) = {.version_class_flow = be32::from_host(version_class),
                                            .payload_length = be16::from_host(inner_length),
                                            .next_header = proto,
                                            .hop_limit = from.ttl,
                                            .source = source.bytes(),
                                            .destination = destination.bytes()};
        return;
    }
    auto& ip = header_at<ipv4_header>(outer, 0);
    const auto length = static_cast<std::uint16_t>(sizeof ip + inner_length);
    ip = {.version_ihl = 0x45,
          .tos = from.traffic_class,
          .total_length = be16::from_host(length),
          .id = be16::from_host(from.dont_fragment ? std::uint16_t{0} : id),
          .fragment = be16::from_host(from.dont_fragment ? ipv4_header::dont_fragment : 0),
          .ttl = from.ttl,
          .proto = proto,
          .checksum = {},
          .source = source.as_v4(),
          .destination = destination.as_v4()};
    ip.checksum = checksum_finish(checksum_add({outer, sizeof ip}));
}

} // namespace weir
