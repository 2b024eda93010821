#include "net/checksum.h"

namespace weir::inline net {

checksum_sum checksum_add(std::span<const std::byte> bytes, checksum_sum sum) noexcept {
    // Adds 32-bit words to a 64-bit sum: 65536 bytes cannot overflow it, and the end folds in the
    // carries.
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    checksum_sum low = 0;
    checksum_sum high = 0;
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        low += word & 0xffffffff;
        high += word >> 32;
    }
    std::uint64_t tail = 0; // RFC 1071 pads an odd last byte with zero
    for (std::size_t i = 0; i < left; ++i)
        tail |= std::to_integer<std::uint64_t>(at[i]) << (8 * i);
    return sum + low + high + (tail & 0xffffffff) + (tail >> 32);
}

checksum_sum pseudo_header_sum(const ip_address& source, const ip_address& destination,
                               protocol proto, std::uint32_t length) noexcept {
    // The marker in a mapped IPv4 address, 0xffff, is the other zero of one's complement, so both
    // families sum alike.
    const auto add = [](std::uint64_t word) { return (word & 0xffffffff) + (word >> 32); };
    return add(source.high) + add(source.low) + add(destination.high) + add(destination.low)
           + be32::from_host(length).raw + be32::from_host(static_cast<std::uint8_t>(proto)).raw;
}

} // namespace weir::inline net
