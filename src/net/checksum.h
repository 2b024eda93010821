#pragma once

// The Internet checksum (RFC 1071) and its incremental update (RFC 1624). All sums run over the
// bytes as they are in memory; no function swaps bytes. Pure: any thread.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "net/headers.h"
#include "net/types.h"

namespace weir::inline net {

/// A running one's-complement sum; call fold() before using it.
using checksum_sum = std::uint64_t;

/// Adds the bytes to the sum. Only the last span of a sum may have an odd length.
checksum_sum checksum_add(std::span<const std::byte> bytes, checksum_sum sum = 0) noexcept;

/// Folds to 16 bits, without inverting. A number plus its own swapped halves has the folded sum of
/// both halves in its upper half.
constexpr std::uint16_t checksum_fold(checksum_sum sum) noexcept {
    const auto half = static_cast<std::uint32_t>((sum + std::rotl(sum, 32)) >> 32);
    return static_cast<std::uint16_t>((half + std::rotl(half, 16)) >> 16);
}

/// The checksum field for a sum: folded and inverted.
constexpr be16 checksum_finish(checksum_sum sum) noexcept {
    return {static_cast<std::uint16_t>(~checksum_fold(sum))};
}

/// The replacement of a value in a packet, as a difference to add: HC' = ~(~HC + ~m + m') (RFC 1624
/// eqn. 3).
constexpr checksum_sum checksum_difference(std::uint64_t before, std::uint64_t after) noexcept {
    return (~before & 0xffffffff) + (~before >> 32) + (after & 0xffffffff) + (after >> 32);
}

/// The checksum field after adding differences.
constexpr be16 checksum_update(be16 field, checksum_sum difference) noexcept {
    return checksum_finish(static_cast<std::uint16_t>(~field.raw) + difference);
}

/// The same for two addresses. IPv4 addresses may stay mapped: both have the same marker, which
/// cancels out.
constexpr checksum_sum checksum_difference(const ip_address& before,
                                           const ip_address& after) noexcept {
    return checksum_difference(before.high, after.high)
           + checksum_difference(before.low, after.low);
}

/// The sum of an IPv4 header without options, passed as words.
constexpr checksum_sum header_sum(const std::array<std::uint32_t, 5>& words) noexcept {
    return checksum_sum{words[0]} + words[1] + words[2] + words[3] + words[4];
}

/// True if the checksum of a header without options is right.
inline bool header_checksum_good(const ipv4_header& ip) noexcept {
    std::array<std::uint32_t, 5> words;
    static_assert(sizeof words == sizeof ip);
    std::memcpy(words.data(), &ip, sizeof words);
    return checksum_fold(header_sum(words)) == 0xffff;
}

/// Sum of the pseudo header of RFC 9293 section 3.1 (IPv4) or RFC 8200 section 8.1 (IPv6).
checksum_sum pseudo_header_sum(const ip_address& source, const ip_address& destination,
                               protocol proto, std::uint32_t length) noexcept;

} // namespace weir::inline net
