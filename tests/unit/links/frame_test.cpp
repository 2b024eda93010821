// A heartbeat's bytes: written and read again, and what is refused.

#include <gtest/gtest.h>

#include "links/frame.h"

namespace weir::links {
namespace {

heartbeat sample() {
    heartbeat h{.boot = 0x1122334455667788,
                .echo = 9,
                .sequence = 7,
                .sent = 1'000'000'007,
                .answers = 5,
                .held = microseconds{250},
                .interval = microseconds{10'000},
                .name = "lb-a",
                .groups = {},
                .pings = {{key_of("ping gateway"), 2}}};
    h.groups.push_back({key_of("shop"), {ha::state::active, true, true, 200}});
    h.groups.push_back({key_of("mail"), {ha::state::fault, false, false, 0}});
    return h;
}

class frames : public testing::Test {
protected:
    frames() { write(sample(), key, bytes); }
    key_bytes key{1, 2, 3};
    std::vector<std::byte> bytes;
    heartbeat got;
};

TEST_F(frames, is_read_as_it_was_written) {
    EXPECT_EQ(read(bytes, key, got), fault::none);
    EXPECT_EQ(got, sample());
}

TEST_F(frames, ends_where_it_says) {
    bytes.resize(4096);
    EXPECT_EQ(read(bytes, key, got), fault::none);
    EXPECT_EQ(got, sample());
}

TEST_F(frames, has_a_known_beginning) {
    EXPECT_EQ(bytes.size(), head_size + 1 + 4 + 1 + 2 * 6 + 1 + 6 + code_size);
    const unsigned head[] = {'w', 'e', 'i', 'r', 1, 0, 0, 97, 0x11, 0x22};
    for (std::size_t i = 0; i < std::size(head); ++i)
        EXPECT_EQ(std::to_integer<unsigned>(bytes[i]), head[i]) << i;
}

TEST_F(frames, no_changed_bit_is_taken) {
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        auto changed = bytes;
        changed[bit / 8] ^= std::byte{1} << bit % 8;
        EXPECT_NE(read(changed, key, got), fault::none) << bit;
    }
}

TEST_F(frames, no_shorter_one_is_taken) {
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_EQ(read(std::span(bytes).first(size), key, got), fault::malformed) << size;
}

TEST_F(frames, another_key_is_said_to_be_one) {
    key[31] = 1;
    EXPECT_EQ(read(bytes, key, got), fault::wrong_key);
}

TEST_F(frames, a_name_that_could_not_be_shown_is_refused) {
    heartbeat h = sample();
    h.name = "lb\na";
    write(h, key, bytes);
    EXPECT_EQ(read(bytes, key, got), fault::malformed);
}

TEST_F(frames, the_longest_fits_a_sector) {
    heartbeat h = sample();
    h.name = std::string(longest_name, 'x');
    h.groups.assign(most_entries, h.groups[0]);
    h.pings.assign(most_entries, h.pings[0]);
    write(h, key, bytes);
    EXPECT_EQ(bytes.size(), longest_frame);
    EXPECT_LE(bytes.size(), 4096u);
    EXPECT_EQ(read(bytes, key, got), fault::none);
    EXPECT_EQ(got, h);
}

TEST(group_words, survive_packing) {
    for (unsigned bits = 0; bits < 65536; ++bits) {
        ha::group_word w;
        if (ha::unpack(static_cast<std::uint16_t>(bits), w)) {
            EXPECT_EQ(packed(w), bits);
        }
    }
    ha::group_word w;
    EXPECT_FALSE(ha::unpack(0, w));
}

} // namespace
} // namespace weir::links
