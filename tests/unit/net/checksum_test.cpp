// Sums against the plain sum of RFC 1071, and updates against full sums (RFC 1624).

#include <random>

#include "net/checksum.h"
#include "net/rewrite.h"
#include "unit/net/fixture.h"

namespace weir::test {
namespace {

std::uint16_t plain_of(std::span<const std::byte> bytes) {
    return plain_checksum(bytes);
}

bytes_of_frame random_bytes(std::size_t size, std::mt19937& random) {
    bytes_of_frame bytes(size);
    for (std::byte& b : bytes)
        b = static_cast<std::byte>(random());
    return bytes;
}

TEST(checksum, is_that_of_rfc_1071) {
    const std::array<std::uint8_t, 8> example{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    const checksum_sum sum = checksum_add(std::as_bytes(std::span{example}));
    EXPECT_EQ(be16{checksum_fold(sum)}.host(), 0xddf2); // section 3
}

TEST(checksum, agrees_with_the_plain_sum_at_every_length_and_alignment) {
    std::mt19937 random(1);
    for (std::size_t size = 0; size < 200; ++size) {
        for (std::size_t shift = 0; shift < 8; ++shift) {
            const auto bytes = random_bytes(size + shift, random);
            const std::span<const std::byte> part = std::span{bytes}.subspan(shift);
            ASSERT_EQ(checksum_finish(checksum_add(part)).host(), plain_of(part)) << size;
        }
    }
    const bytes_of_frame ones(65535, std::byte{0xff}); // the most carries possible
    EXPECT_EQ(checksum_finish(checksum_add(ones)).host(), plain_of(ones));
    const bytes_of_frame zeros(65535);
    EXPECT_EQ(checksum_finish(checksum_add(zeros)).host(), 0xffff);
}

TEST(checksum, may_be_made_in_pieces) {
    std::mt19937 random(2);
    const auto bytes = random_bytes(1501, random);
    const std::span<const std::byte> all{bytes};
    for (std::size_t cut = 0; cut < bytes.size(); cut += 2)
        ASSERT_EQ(
            checksum_finish(checksum_add(all.subspan(cut), checksum_add(all.first(cut)))).host(),
            plain_of(bytes));
}

TEST(checksum, of_pseudo_headers) {
    for (const auto& [source, destination] :
         {std::pair{"192.0.2.1", "203.0.113.255"}, std::pair{"2001:db8::1", "2001:db8:ffff::"}}) {
        for (const std::uint32_t length : {0u, 1u, 20u, 0xffffu}) {
            const checksum_sum sum =
                pseudo_header_sum(address(source), address(destination), protocol::tcp, length);
            const std::uint32_t plain =
                pseudo_seed(address(source), address(destination), 6, length);
            EXPECT_EQ(checksum_finish(sum).host(), plain_checksum({}, plain)) << source;
        }
    }
}

// RFC 1624 section 4: equation 2 of RFC 1141 would give 0xffff here, which no sum can have.
TEST(checksum_update, gives_zero_in_the_example_of_rfc_1624) {
    const be16 field = be16::from_host(0xdd2f);
    const checksum_sum change =
        checksum_difference(be16::from_host(0x5555).raw, be16::from_host(0x3285).raw);
    EXPECT_EQ(checksum_update(field, change).host(), 0x0000);
}

TEST(checksum_update, agrees_with_a_full_sum_for_every_word) {
    bytes_of_frame bytes(20, std::byte{0x5a});
    const std::span<std::byte> all{bytes};
    for (unsigned before = 0; before < 0x10000; before += 251) {
        for (unsigned after = 0; after < 0x10000; after += 257) {
            put16(all, 4, static_cast<std::uint16_t>(before));
            const std::uint16_t old_field = plain_of(bytes);
            put16(all, 4, static_cast<std::uint16_t>(after));
            const be16 updated = checksum_update(
                be16::from_host(old_field),
                checksum_difference(be16::from_host(static_cast<std::uint16_t>(before)).raw,
                                    be16::from_host(static_cast<std::uint16_t>(after)).raw));
            ASSERT_EQ(updated.host(), plain_of(bytes)) << before << " to " << after;
        }
    }
}

TEST(checksum_update, is_right_for_the_words_where_carries_go_wrong) {
    // A header whose other words sum up to `rest`: with the words at the edges, all carries occur.
    const std::array<std::uint16_t, 8> edges{0, 1, 0x7fff, 0x8000, 0xfffd, 0xfffe, 0xffff, 0x1234};
    for (const std::uint16_t rest : edges) {
        for (const std::uint16_t before : edges) {
            for (const std::uint16_t after : edges) {
                bytes_of_frame bytes(8);
                put16(bytes, 0, rest);
                put16(bytes, 2, 0x4500); // as in every IPv4 header: the sum is never +0
                put16(bytes, 4, before);
                const be16 field = be16::from_host(plain_of(bytes));
                put16(bytes, 4, after);
                const be16 updated =
                    checksum_update(field, checksum_difference(be16::from_host(before).raw,
                                                               be16::from_host(after).raw));
                EXPECT_EQ(updated.host(), plain_of(bytes)) << rest << " " << before << " " << after;
            }
        }
    }
}

TEST(checksum_update, leaves_a_wrong_checksum_wrong) {
    bytes_of_frame bytes(20, std::byte{0x11});
    const be16 wrong = be16::from_host(static_cast<std::uint16_t>(plain_of(bytes) ^ 0x0100));
    put16(bytes, 6, 0xabcd);
    const be16 updated = checksum_update(
        wrong, checksum_difference(be16::from_host(0x1111).raw, be16::from_host(0xabcd).raw));
    EXPECT_NE(updated.host(), plain_of(bytes));
}

TEST(checksum_update, takes_whole_addresses) {
    std::mt19937_64 random(3);
    for (int i = 0; i < 1000; ++i) {
        const ip_address before{random(), random()};
        const ip_address after{random(), random()};
        const auto a = before.bytes();
        const auto b = after.bytes();
        const be16 field = be16::from_host(plain_of(std::as_bytes(std::span{a})));
        EXPECT_EQ(checksum_update(field, checksum_difference(before, after)).host(),
                  plain_of(std::as_bytes(std::span{b})));
    }
}

// Every TTL, and every checksum that a header may have.
TEST(decrement_ttl, keeps_the_header_checksum_right) {
    for (unsigned ttl = 1; ttl < 256; ++ttl) {
        for (unsigned id = 0; id < 0x10000; id += id < 0x100 || id > 0xfe00 ? 1 : 97) {
            ipv4_header ip{.version_ihl = 0x45,
                           .tos = 0,
                           .total_length = be16::from_host(40),
                           .id = be16::from_host(static_cast<std::uint16_t>(id)),
                           .fragment = {},
                           .ttl = static_cast<std::uint8_t>(ttl),
                           .proto = 6,
                           .checksum = {},
                           .source = address("192.0.2.1").as_v4(),
                           .destination = address("192.0.2.2").as_v4()};
            auto* const bytes = reinterpret_cast<std::byte*>(&ip);
            ip.checksum = checksum_finish(checksum_add({bytes, sizeof ip}));
            decrement_ttl(bytes, false);
            ASSERT_EQ(ip.ttl, ttl - 1);
            const be16 kept = ip.checksum;
            ip.checksum = {};
            ASSERT_EQ(kept, checksum_finish(checksum_add({bytes, sizeof ip}))) << ttl << " " << id;
        }
    }
}

} // namespace
} // namespace weir::test
