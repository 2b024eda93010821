#pragma once

// Updates the checksum of SCTP, CRC32c (RFC 9260 appendix A; Castagnoli's polynomial), when a
// packet changes. A CRC is linear: if two packets differ in two bytes, their checksums differ by
// the CRC of the difference followed by zeros, and a zero byte is a multiplication by x^8. So the
// new checksum follows from the old one and the number of bytes after the change, without reading
// them. A broken packet stays broken, and the time does not grow with the packet.
//
// Bits are reflected, as in the CRC: the highest bit of a word is the coefficient of x^0.
// Pure: any thread.

#include <array>
#include <cstddef>
#include <cstdint>

namespace weir::inline net {

namespace crc32c {

inline constexpr std::uint32_t polynomial = 0x82f63b78; ///< without x^32
inline constexpr std::uint32_t one = 0x80000000;        ///< x^0

/// The product of two polynomials, modulo the CRC's.
constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) noexcept {
    std::uint32_t product = 0;
    for (; a != 0; a <<= 1) {
        product ^= b & (0 - (a >> 31));
        b = b >> 1 ^ (polynomial & (0 - (b & 1)));
    }
    return product;
}

/// [k][n]: the factor that n * 16^k bytes of zeros multiply by.
using zero_table = std::array<std::array<std::uint32_t, 16>, 4>;

constexpr zero_table make_zeros() noexcept {
    zero_table table{};
    std::uint32_t step = one >> 8;
    for (auto& row : table) {
        row[0] = one;
        for (std::size_t n = 1; n < row.size(); ++n)
            row[n] = multiply(row[n - 1], step);
        step = multiply(row[15], step);
    }
    return table;
}

inline constexpr zero_table zeros = make_zeros();

} // namespace crc32c

/// Combine a checksum with this by exclusive or when two bytes of the packet changed. `changed`:
/// exclusive or of their old and new value, as in memory. `behind`: bytes from there to the end of
/// the packet, less than 65534.
inline std::uint32_t crc32c_difference(std::uint16_t changed, std::size_t behind) noexcept {
    std::uint32_t value = changed;
    std::size_t bytes = behind + sizeof changed; // the CRC of bytes begins with one step for each
    for (const auto& row : crc32c::zeros) {
        if ((bytes & 15) != 0) value = crc32c::multiply(value, row[bytes & 15]);
        bytes >>= 4;
    }
    return value;
}

} // namespace weir::inline net
