#pragma once

// Addresses as packets carry them.
//
// One type holds both families: it stores an IPv4 address as the IPv4-mapped IPv6 address (RFC 4291
// section 2.5.5.2), so that flows, services and servers of both families have one shape, one hash
// and one comparison. Values are plain bytes in network order. They own nothing; any thread may
// copy, compare and read them.

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>

namespace weir {

/// A 16-bit number in network byte order, at any alignment. It never converts implicitly: call
/// `host()` or `from_host()`.
struct [[gnu::packed]] be16 {
    std::uint16_t raw = 0; ///< the bytes as in the packet

    static constexpr be16 from_host(std::uint16_t value) noexcept {
        return {static_cast<std::uint16_t>(__builtin_bswap16(value))};
    }
    constexpr std::uint16_t host() const noexcept { return __builtin_bswap16(raw); }
    friend constexpr bool operator==(be16, be16) noexcept = default;
};

/// A 32-bit number in network byte order, at any alignment. It never converts implicitly: call
/// `host()` or `from_host()`.
struct [[gnu::packed]] be32 {
    std::uint32_t raw = 0; ///< the bytes as in the packet

    static constexpr be32 from_host(std::uint32_t value) noexcept {
        return {__builtin_bswap32(value)};
    }
    constexpr std::uint32_t host() const noexcept { return __builtin_bswap32(raw); }
    friend constexpr bool operator==(be32, be32) noexcept = default;
};

static_assert(std::endian::native == std::endian::little, "weir runs on little-endian machines");
static_assert(sizeof(be16) == 2 && sizeof(be32) == 4 && alignof(be32) == 1);

/// An IPv4 or IPv6 address, 16 bytes in network order.
struct ip_address {
    std::uint64_t high = 0; ///< bytes 0..7 as in memory
    std::uint64_t low = 0;  ///< bytes 8..15 as in memory; IPv4 is in the last four

    static constexpr std::uint64_t v4_marker = 0xffff0000; ///< 00 00 ff ff before the IPv4 bytes

    /// The IPv4 address with these four bytes.
    static constexpr ip_address v4(be32 address) noexcept {
        return {0, v4_marker | (std::uint64_t{address.raw} << 32)};
    }
    static constexpr ip_address v4(std::uint8_t a, std::uint8_t b, std::uint8_t c,
                                   std::uint8_t d) noexcept {
        return v4(
            be32{a | std::uint32_t{b} << 8 | std::uint32_t{c} << 16 | std::uint32_t{d} << 24});
    }
    /// The IPv6 address in the 16 bytes at `bytes`.
    static ip_address v6(const void* bytes) noexcept {
        ip_address address;
        std::memcpy(&address, bytes, sizeof address);
        return address;
    }

    constexpr bool is_v4() const noexcept { return high == 0 && (low & 0xffffffff) == v4_marker; }
    constexpr bool is_v6() const noexcept { return !is_v4(); }
    /// The IPv4 bytes; meaningful only if is_v4().
    constexpr be32 as_v4() const noexcept { return {static_cast<std::uint32_t>(low >> 32)}; }
    /// All 16 bytes, in network order.
    std::array<std::uint8_t, 16> bytes() const noexcept {
        return std::bit_cast<std::array<std::uint8_t, 16>>(*this);
    }
    /// The unspecified address of IPv6 (::), also used for "none".
    constexpr bool is_none() const noexcept { return high == 0 && low == 0; }

    friend constexpr bool operator==(const ip_address&, const ip_address&) noexcept = default;
    /// Numerical order; IPv4 sorts as its mapped address.
    friend constexpr std::strong_ordering operator<=>(const ip_address& a,
                                                      const ip_address& b) noexcept {
        if (a.high != b.high) return __builtin_bswap64(a.high) <=> __builtin_bswap64(b.high);
        return __builtin_bswap64(a.low) <=> __builtin_bswap64(b.low);
    }
};

static_assert(sizeof(ip_address) == 16);

} // namespace weir

template <>
struct std::hash<weir::ip_address> {
    std::size_t operator()(const weir::ip_address& address) const noexcept {
        std::uint64_t mixed = (address.high ^ 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ address.low ^ (mixed >> 29)) * 0x94d049bb133111eb;
        // A product's low bits depend on low bits only, and IPv4 addresses are in the high half.
        return (mixed ^ (mixed >> 32)) * 0x9e3779b97f4a7c15;
    }
};
