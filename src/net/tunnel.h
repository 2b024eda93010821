#pragma once

// The headers a tunnel puts in front of a packet: an outer IP header (RFC 2003, RFC 2473, RFC 4213)
// and that of its encapsulation (encapsulation.h). Pure, inline for the packet path: any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/checksum.h"
#include "net/encapsulation.h"
#include "net/headers.h"
#include "net/types.h"

namespace weir::inline net {

/// Bytes that a tunnel adds whose outer addresses are of this family.
template <typename Encapsulation>
constexpr std::size_t tunnel_overhead(bool outer_v6) noexcept {
    return (outer_v6 ? sizeof(ipv6_header) : sizeof(ipv4_header)) + Encapsulation::size;
}
constexpr std::size_t tunnel_overhead(encapsulation which, bool outer_v6) noexcept {
    return with_encapsulation(which,
                              [outer_v6]<typename E>(E) { return tunnel_overhead<E>(outer_v6); });
}

/// The IPv6 packet size that every link carries, bytes; a sender never needs smaller packets (RFC
/// 8200 section 5).
inline constexpr std::size_t least_ipv6_mtu = 1280;

namespace tunnelling {

/// The fields that the outer header copies from the inner one.
struct inherited {
    std::uint32_t traffic_class;
    std::uint32_t ttl;
    bool dont_fragment;
};

inline inherited read_inner(const std::byte* inner, bool v6) noexcept {
    if (v6) {
        const auto& ip = header_at<ipv6_header>(inner, 0);
        return {ip.version_class_flow.host() >> 20 & 0xff, ip.hop_limit, true};
    }
    const auto& ip = header_at<ipv4_header>(inner, 0);
    constexpr be16 df = be16::from_host(ipv4_header::dont_fragment);
    return {ip.tos, ip.ttl, (ip.fragment.raw & df.raw) != 0};
}

// This code assembles the header's words in registers: a sum over words just written in pieces
// would wait for all of them.

inline void write_ipv4(std::byte* outer, const inherited& from, std::uint32_t proto,
                       std::uint16_t payload, be32 source, be32 destination, std::uint16_t id,
                       bool may_be_cut) noexcept {
    const be16 length = be16::from_host(static_cast<std::uint16_t>(sizeof(ipv4_header) + payload));
    constexpr be16 df = be16::from_host(ipv4_header::dont_fragment);
    const std::uint32_t number_fragment =
        from.dont_fragment && !may_be_cut ? std::uint32_t{df.raw} << 16 : be16::from_host(id).raw;
    std::array<std::uint32_t, 5> words{
        0x45 | from.traffic_class << 8 | std::uint32_t{length.raw} << 16, number_fragment,
        from.ttl | proto << 8, source.raw, destination.raw};
    words[2] |= std::uint32_t{checksum_finish(header_sum(words)).raw} << 16;
    static_assert(sizeof words == sizeof(ipv4_header));
    std::memcpy(outer, words.data(), sizeof words);
}

inline void write_ipv6(std::byte* outer, const inherited& from, std::uint32_t proto,
                       std::uint16_t payload, const ip_address& source,
                       const ip_address& destination) noexcept {
    const std::array<std::uint32_t, 2> words{
        be32::from_host(6u << 28 | from.traffic_class << 20).raw,
        std::uint32_t{be16::from_host(payload).raw} | proto << 16 | from.ttl << 24};
    std::memcpy(outer, words.data(), sizeof words);
    std::memcpy(outer + 8, &source, sizeof source);
    std::memcpy(outer + 24, &destination, sizeof destination);
}

} // namespace tunnelling

/// Writes the outer header at `outer`, which is tunnel_overhead() bytes in front of the inner IP
/// header `inner` of `inner_length` bytes. `source` and `destination` are both of its family. It
/// copies TTL, the traffic class with its ECN bits (RFC 6040 section 4.1, normal mode) and DF from
/// the inner header. Around IPv6, which routers never fragment, it sets DF (RFC 4213 section
/// 3.2.2), unless the tunnel packet `may_be_cut` anyway. `id` is the IPv4 identification of a
/// packet that may be fragmented; other packets need none (RFC 6864 section 4.1).
template <typename Encapsulation>
inline void write_tunnel_header(std::byte* outer, bool outer_v6, const std::byte* inner,
                                bool inner_v6, std::uint16_t inner_length, const ip_address& source,
                                const ip_address& destination, std::uint16_t id,
                                bool may_be_cut = false) noexcept {
    const tunnelling::inherited from = tunnelling::read_inner(inner, inner_v6);
    const std::uint32_t proto = Encapsulation::proto(inner_v6);
    const auto payload = static_cast<std::uint16_t>(Encapsulation::size + inner_length);
    Encapsulation::write(outer + tunnel_overhead<ipip>(outer_v6), inner_v6);
    if (outer_v6)
        tunnelling::write_ipv6(outer, from, proto, payload, source, destination);
    else
        tunnelling::write_ipv4(outer, from, proto, payload, source.as_v4(), destination.as_v4(), id,
                               may_be_cut);
}
inline void write_tunnel_header(encapsulation which, std::byte* outer, bool outer_v6,
                                const std::byte* inner, bool inner_v6, std::uint16_t inner_length,
                                const ip_address& source, const ip_address& destination,
                                std::uint16_t id, bool may_be_cut = false) noexcept {
    with_encapsulation(which, [&]<typename E>(E) {
        write_tunnel_header<E>(outer, outer_v6, inner, inner_v6, inner_length, source, destination,
                               id, may_be_cut);
    });
}

} // namespace weir::inline net
