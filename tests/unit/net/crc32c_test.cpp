// SCTP's checksum: the known vectors (RFC 3720 appendix B.4), and small changes that lead to them.

#include "net/crc32c.h"

#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "packets/builder.h"

namespace weir::test {
namespace {

using block = std::vector<std::byte>;

block made(std::size_t size, const std::function<unsigned(std::size_t)>& at) {
    block bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes.push_back(static_cast<std::byte>(at(i)));
    return bytes;
}

struct vector {
    block bytes;
    std::uint32_t crc;
};

const std::vector<vector> vectors{
    {made(32, [](std::size_t) { return 0u; }), 0x8a9136aa},
    {made(32, [](std::size_t) { return 0xffu; }), 0x62a8ab43},
    {made(32, [](std::size_t i) { return static_cast<unsigned>(i); }), 0x46dd794e},
    {made(32, [](std::size_t i) { return static_cast<unsigned>(31 - i); }), 0x113fdb5c},
};

std::uint16_t pair_at(const block& bytes, std::size_t at) {
    std::uint16_t pair = 0;
    std::memcpy(&pair, bytes.data() + at, sizeof pair);
    return pair;
}

TEST(crc32c, the_tests_own_is_right) {
    for (const vector& v : vectors)
        EXPECT_EQ(plain_crc32c(v.bytes), v.crc);
    const block digits = made(9, [](std::size_t i) { return static_cast<unsigned>('1' + i); });
    EXPECT_EQ(plain_crc32c(digits), 0xe3069283u);
}

// From each vector to every other, two bytes at a time.
TEST(crc32c, changes_lead_from_vector_to_vector) {
    for (const vector& from : vectors)
        for (const vector& to : vectors) {
            std::uint32_t crc = from.crc;
            for (std::size_t at = 0; at < 32; at += 2) {
                const auto changed =
                    static_cast<std::uint16_t>(pair_at(from.bytes, at) ^ pair_at(to.bytes, at));
                crc ^= crc32c_difference(changed, 32 - at - 2);
            }
            EXPECT_EQ(crc, to.crc);
        }
}

TEST(crc32c, a_change_is_worth_the_same_at_any_distance) {
    std::mt19937 random(7);
    for (const std::size_t size :
         {2u, 3u, 12u, 16u, 17u, 255u, 256u, 1480u, 4096u, 9000u, 65535u}) {
        block bytes = made(size, [&](std::size_t) { return random() & 0xff; });
        const std::uint32_t before = plain_crc32c(bytes);
        const auto changed = static_cast<std::uint16_t>(random() | 1);
        std::uint16_t pair = static_cast<std::uint16_t>(pair_at(bytes, 0) ^ changed);
        std::memcpy(bytes.data(), &pair, sizeof pair);
        EXPECT_EQ(before ^ crc32c_difference(changed, size - 2), plain_crc32c(bytes)) << size;
    }
    EXPECT_EQ(crc32c_difference(0, 1000), 0u);
}

} // namespace
} // namespace weir::test
