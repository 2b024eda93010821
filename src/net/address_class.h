#pragma once

// Which addresses a packet may carry at all (RFC 1812 section 5.3.7, RFC 6890). weir stores IPv4
// addresses as IPv4-mapped IPv6 ones, so it would mistake a mapped address in an IPv6 header for
// the IPv4 host: it refuses such an address like the loopback address. Pure: any thread.

#include <cstdint>

#include "net/types.h"

namespace weir::inline net {

enum class address_class : std::uint8_t {
    host,
    unspecified, ///< 0.0.0.0, ::
    group,       ///< multicast or 255.255.255.255
    never,       ///< 0/8, 127/8, 240/4, ::1, ::ffff:0:0/96: valid on no link
};

/// The class of an address from an IPv4 header.
constexpr address_class classify(be32 v4) noexcept {
    const std::uint32_t first = v4.raw & 0xff;
    if (first - 1 < 223 && first != 127) [[likely]]
        return address_class::host;
    if (v4.raw == 0) return address_class::unspecified;
    if ((first & 0xf0) == 224 || v4.raw == 0xffffffff) return address_class::group;
    return address_class::never;
}

/// The class of an address from an IPv6 header.
constexpr address_class classify_v6(const ip_address& v6) noexcept {
    if ((v6.high & 0xff) == 0xff) return address_class::group;
    if (v6.high != 0) [[likely]]
        return address_class::host;
    if (v6.low == 0) return address_class::unspecified;
    constexpr ip_address loopback{0, std::uint64_t{1} << 56};
    return v6.is_v4() || v6 == loopback ? address_class::never : address_class::host;
}

} // namespace weir::inline net
