#include "net/neighbour_request.h"

#include "net/answer_parts.h"
#include "net/headers.h"

namespace weir::inline net {

namespace {

struct solicitation {
    neighbour_header nd;
    link_option source_mac;
};
static_assert(sizeof(ether_header) + sizeof(ipv6_header) + sizeof(solicitation)
              == neighbour_request_room);

be16 to_be(ether_type type) noexcept {
    return be16::from_host(static_cast<std::uint16_t>(type));
}

} // namespace

std::size_t make_neighbour_request(const ip_address& target, const ip_address& own,
                                   const mac_address& ours, std::span<std::byte> out) noexcept {
    const bool v6 = target.is_v6();
    const std::size_t length =
        v6 ? neighbour_request_room : sizeof(ether_header) + sizeof(arp_header);
    if (out.size() < length || own.is_v6() != v6) return 0;
    auto& ether = header_at<ether_header>(out.data(), 0);
    std::byte* const behind = out.data() + sizeof ether;
    if (!v6) {
        ether = {mac_address::broadcast(), ours, to_be(ether_type::arp)};
        header_at<arp_header>(behind, 0) = {.hardware = arp_header::ethernet,
                                            .protocol_type = to_be(ether_type::ipv4),
                                            .hardware_length = sizeof(mac_address),
                                            .protocol_length = sizeof(be32),
                                            .operation = arp_header::request,
                                            .sender_mac = ours,
                                            .sender = own.as_v4(),
                                            .target_mac = {},
                                            .target = target.as_v4()};
        return length;
    }
    // ff02::1:ffXX:XXXX, and its MAC (RFC 4291 section 2.7.1, RFC 2464 section 7).
    const auto bytes = target.bytes();
    const ip_address group = ip_address::v6(std::array<std::uint8_t, 16>{
        0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, bytes[13], bytes[14], bytes[15]}
                                                .data());
    ether = {{{0x33, 0x33, 0xff, bytes[13], bytes[14], bytes[15]}}, ours, to_be(ether_type::ipv6)};
    const own_packet packet{own, group, protocol::icmpv6, sizeof(solicitation),
                            neighbour_header::hop_limit};
    write_ip_header(behind, packet);
    header_at<solicitation>(behind, sizeof(ipv6_header)) = {
        .nd = {.icmp = {icmpv6_solicitation, 0, {}, {}}, .target = bytes},
        .source_mac = {link_option::source, 1, ours}};
    finish_icmp(behind, packet);
    return length;
}

} // namespace weir::inline net
