// Frames on a serial line.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "links/stuffing.h"

namespace weir::links {
namespace {

using frame = std::vector<std::byte>;

std::vector<frame> taken(const frame& stream, std::size_t longest = 2000) {
    unstuffer u(longest);
    std::vector<frame> all;
    for (const std::byte b : stream)
        if (u.take(b)) all.emplace_back(u.frame().begin(), u.frame().end());
    return all;
}

frame made(std::size_t size, unsigned zeros_in_hundred, std::mt19937& chance) {
    frame f(size);
    for (std::byte& b : f)
        b = chance() % 100 < zeros_in_hundred ? std::byte{0}
                                              : static_cast<std::byte>(1 + chance() % 255);
    return f;
}

TEST(stuffing, brings_back_every_frame) {
    std::mt19937 chance(1);
    for (std::size_t size = 1; size < 800; ++size)
        for (const unsigned zeros : {0u, 5u, 100u}) {
            const frame f = made(size, zeros, chance);
            frame stream;
            stuff(f, stream);
            EXPECT_EQ(stream.back(), std::byte{0});
            EXPECT_EQ(std::count(stream.begin(), stream.end(), std::byte{0}), 1);
            EXPECT_EQ(taken(stream), std::vector<frame>(1, f)) << size << ' ' << zeros;
        }
}

TEST(stuffing, is_right_again_at_the_next_zero) {
    std::mt19937 chance(2);
    const frame f = made(100, 5, chance);
    frame stream;
    stuff(f, stream);
    for (std::size_t lost = 1; lost < stream.size() - 1; ++lost) {
        frame cut(stream.begin() + static_cast<std::ptrdiff_t>(lost), stream.end());
        cut.insert(cut.end(), stream.begin(), stream.end());
        const auto all = taken(cut);
        ASSERT_FALSE(all.empty());
        EXPECT_EQ(all.back(), f);
    }
}

TEST(stuffing, skips_what_is_too_long) {
    std::mt19937 chance(3);
    frame stream;
    stuff(made(300, 5, chance), stream);
    const frame f = made(50, 5, chance);
    stuff(f, stream);
    EXPECT_EQ(taken(stream, 100), std::vector<frame>(1, f));
}

} // namespace
} // namespace weir::links
