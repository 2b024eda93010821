#pragma once

// The outer header of IP-in-IP (RFC 2003, RFC 2473, RFC 4213). Pure, inline for the packet path:
// any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/checksum.h"
#include "net/headers.h"
#include "net/types.h"

namespace weir {

/// Bytes an IP-in-IP header adds for an outer address of this family: 20 or 40.
constexpr std::size_t tunnel_overhead(bool outer_v6) noexcept {
    return outer_v6 ? 40 : 20;
}

/// What every link passes of IPv6, bytes; no sender need send less at a time (RFC 8200 section 5).
inline constexpr std::size_t least_ipv6_mtu = 1280;

namespace tunnelling {

/// What the outer header takes over from the inner one.
struct inherited {
    std::uint8_t traffic_class;
    std::uint8_t ttl;
    bool dont_fragment;
    protocol proto; ///< the inner header's own kind
};

inline inherited read_inner(const std::byte* inner, bool v6) noexcept {
    if (v6) {
        const auto& ip = header_at<ipv6_header>(inner, 0);
        return {static_cast<std::uint8_t>(ip.version_class_flow.host() >> 20), ip.hop_limit, true,
                protocol::ipv6};
    }
    const auto& ip = header_at<ipv4_header>(inner, 0);
    return {ip.tos, ip.ttl, (ip.fragment.host() & ipv4_header::dont_fragment) != 0, protocol::ipv4};
}

} // namespace tunnelling

/// Writes the outer header at `outer`, which is tunnel_overhead() bytes in front of the inner IP
/// header `inner` of `inner_length` bytes. TTL and the traffic class with its ECN bits (RFC 6040
/// section 4.1, normal mode) are copied from the inner header, DF too; IPv6, which nobody may cut
/// up, sets it (RFC 4213 section 3.2.2), unless the tunnel packet `may_be_cut` all the same. `id`
/// is the IPv4 identification of what may be cut up; the rest needs none (RFC 6864 section 4.1).
inline void write_tunnel_header(std::byte* outer, const std::byte* inner, bool inner_v6,
                                std::uint16_t inner_length, const ip_address& source,
                                const ip_address& destination, std::uint16_t id,
                                bool may_be_cut = false) noexcept {
    const tunnelling::inherited from = tunnelling::read_inner(inner, inner_v6);
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
    // The header's words are put together in registers: a sum over what was just written in pieces
    // would wait for all of it.
    const auto length = static_cast<std::uint16_t>(sizeof(ipv4_header) + inner_length);
    const bool whole = from.dont_fragment && !may_be_cut;
    const be16 number = be16::from_host(whole ? std::uint16_t{0} : id);
    const be16 fragment = be16::from_host(whole ? ipv4_header::dont_fragment : 0);
    const auto word = [](std::uint32_t first, std::uint32_t second) {
        return first | second << 16;
    };
    std::array<std::uint32_t, 5> words{
        word(0x45u | std::uint32_t{from.traffic_class} << 8, be16::from_host(length).raw),
        word(number.raw, fragment.raw), word(from.ttl | std::uint32_t{proto} << 8, 0),
        source.as_v4().raw, destination.as_v4().raw};
    words[2] |= std::uint32_t{checksum_finish(header_sum(words)).raw} << 16;
    static_assert(sizeof words == sizeof(ipv4_header));
    std::memcpy(outer, words.data(), sizeof words);
}

} // namespace weir
