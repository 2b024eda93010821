// Ping replies and ICMP errors.

#include "net/answer_icmp.h"

#include <algorithm>
#include <utility>

#include "net/answer_parts.h"
#include "net/checksum.h"
#include "net/ipv6_chain.h"

namespace weir::inline net {

namespace {

// The size of a whole error packet: every IPv4 host accepts it (RFC 1812 section 4.3.2.3), and
// every IPv6 path carries it (RFC 4443 section 2.4(c)).
constexpr std::size_t largest_error_v4 = 576;
constexpr std::size_t largest_error_v6 = 1280;

/// Precedence of IPv4 errors: internetwork control (RFC 1812 section 4.3.2.5).
constexpr std::uint8_t error_precedence = 0xc0;

struct type_and_code {
    std::uint8_t type;
    std::uint8_t code;
};

constexpr type_and_code type_of(icmp_answer what, bool v6) noexcept {
    switch (what) {
    case icmp_answer::time_exceeded:
        return v6 ? type_and_code{icmpv6_time_exceeded, 0} : type_and_code{icmpv4_time_exceeded, 0};
    case icmp_answer::too_big:
        return v6 ? type_and_code{icmpv6_too_big, 0}
                  : type_and_code{icmpv4_unreachable, icmpv4_fragmentation_needed};
    case icmp_answer::protocol_unreachable:
        return v6 ? type_and_code{icmpv6_parameter_problem, icmpv6_unknown_next_header}
                  : type_and_code{icmpv4_unreachable, icmpv4_protocol_unreachable};
    case icmp_answer::port_unreachable:
        break;
    }
    return v6 ? type_and_code{icmpv6_unreachable, icmpv6_port_unreachable}
              : type_and_code{icmpv4_unreachable, icmpv4_port_unreachable};
}

/// What stands behind type, code and checksum: the MTU, in the low 16 bits of ICMP (RFC 1191) and
/// in all 32 of ICMPv6; the place of a next header that weir does not know (RFC 4443 section 3.4).
std::uint32_t rest_of(icmp_answer what, std::span<const std::byte> packet, bool v6,
                      std::uint16_t mtu) noexcept {
    if (what == icmp_answer::too_big) return mtu;
    if (what != icmp_answer::protocol_unreachable || !v6) return 0;
    return static_cast<std::uint32_t>(follow_chain(packet).named_at);
}

} // namespace

void turn_echo(std::byte* frame, const packet_view& view) noexcept {
    auto& ether = header_at<ether_header>(frame, 0);
    std::swap(ether.destination, ether.source);
    if (view.v6) {
        auto& ip = header_at<ipv6_header>(frame, view.l3);
        std::swap(ip.source, ip.destination);
        ip.hop_limit = own_ttl;
    } else {
        auto& ip = header_at<ipv4_header>(frame, view.l3);
        std::swap(ip.source, ip.destination);
        ip.checksum = checksum_update(ip.checksum, checksum_difference(ip.ttl, own_ttl));
        ip.ttl = own_ttl;
    }
    if (view.fragment_offset > 0) return;
    auto& icmp = header_at<icmp_header>(frame, view.l4);
    const std::uint8_t before = icmp.type;
    icmp.type = view.v6 ? std::uint8_t{icmpv6_echo_reply} : std::uint8_t{icmpv4_echo_reply};
    // The type, like the TTL, is the lower byte of its word in memory.
    icmp.checksum = checksum_update(icmp.checksum, checksum_difference(before, icmp.type));
}

std::size_t make_icmp_error(std::span<const std::byte> frame, const packet_view& view,
                            icmp_answer what, const ip_address& from, std::uint16_t mtu,
                            std::span<std::byte> out) noexcept {
    if (!may_answer(frame, view)) return 0;
    const std::size_t headers = ip_header_size(view.v6) + sizeof(icmp_header);
    const std::size_t largest = view.v6 ? largest_error_v6 : largest_error_v4;
    const std::size_t quoted = std::min<std::size_t>(view.ip_length, largest - headers);
    const std::size_t length = view.l3 + headers + quoted;
    if (out.size() < length) return 0;

    write_link_back(frame.data(), view, out.data());
    std::byte* const ip = out.data() + view.l3;
    const own_packet packet{.source = from,
                            .destination = addresses_of(frame.data() + view.l3, view.v6).source,
                            .proto = view.v6 ? protocol::icmpv6 : protocol::icmp,
                            .payload = sizeof(icmp_header) + quoted,
                            .traffic_class = view.v6 ? std::uint8_t{0} : error_precedence};
    write_ip_header(ip, packet);
    const auto [type, code] = type_of(what, view.v6);
    const std::uint32_t rest = rest_of(what, frame.subspan(view.l3, view.ip_length), view.v6, mtu);
    header_at<icmp_header>(ip, ip_header_size(view.v6)) = {type, code, {}, be32::from_host(rest)};
    std::copy_n(frame.data() + view.l3, quoted, ip + headers);
    finish_icmp(ip, packet);
    return length;
}

std::size_t make_tunnel_answer(std::span<const std::byte> lost, bool v6, const ip_address& from,
                               std::span<std::byte> out) noexcept {
    const std::size_t headers = ip_header_size(v6) + sizeof(icmp_header);
    const std::size_t quoted =
        std::min(lost.size(), (v6 ? largest_error_v6 : largest_error_v4) - headers);
    if (from.is_none() || from.is_v6() != v6 || out.size() < headers + quoted) return 0;
    const own_packet packet{.source = from,
                            .destination = addresses_of(lost.data(), v6).source,
                            .proto = v6 ? protocol::icmpv6 : protocol::icmp,
                            .payload = sizeof(icmp_header) + quoted,
                            .traffic_class = v6 ? std::uint8_t{0} : error_precedence};
    write_ip_header(out.data(), packet);
    header_at<icmp_header>(out.data(), ip_header_size(v6)) =
        v6 ? icmp_header{icmpv6_unreachable, icmpv6_address_unreachable, {}, {}}
           : icmp_header{icmpv4_unreachable, icmpv4_host_unreachable, {}, {}};
    std::copy_n(lost.data(), quoted, out.data() + headers);
    finish_icmp(out.data(), packet);
    return headers + quoted;
}

} // namespace weir::inline net
