#include "watch/watch.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include "packets/builder.h"

namespace weir::watch {
namespace {

std::vector<std::byte> bytes(std::size_t count, std::uint8_t value) {
    return std::vector<std::byte>(count, std::byte{value});
}

TEST(byte_ring, records_of_any_length_round_and_round) {
    byte_ring ring(256);
    std::vector<std::byte> taken;
    EXPECT_FALSE(ring.take(taken));
    for (std::size_t i = 0; i < 1000; ++i) {
        const auto a = bytes(i % 50, 1);
        const auto b = bytes(i % 13, 2);
        ASSERT_TRUE(ring.put({a, b}));
        ASSERT_TRUE(ring.take(taken));
        auto expected = a;
        expected.insert(expected.end(), b.begin(), b.end());
        ASSERT_EQ(taken, expected);
    }
    unsigned count = 0;
    while (ring.put({bytes(28, 7)}))
        ++count;
    EXPECT_EQ(count, 8u);
    EXPECT_FALSE(ring.put({bytes(10'000, 0)}));
    ASSERT_TRUE(ring.take(taken));
    EXPECT_TRUE(ring.put({bytes(28, 7)}));
}

TEST(party, texts) {
    EXPECT_TRUE(parse_party("192.0.2.7")->is(*parse_address("192.0.2.7"), be16::from_host(1)));
    EXPECT_FALSE(parse_party("192.0.2.7:80")->is(*parse_address("192.0.2.7"), be16::from_host(1)));
    EXPECT_EQ(parse_party("[2001:db8::7]:80")->port, 80);
    EXPECT_EQ(parse_party("2001:db8::/32")->block.length, 32);
    for (const char* wrong : {"", "x", "192.0.2.7:", "192.0.2.7:0", "192.0.2.7:70000", ":80"})
        EXPECT_FALSE(parse_party(wrong)) << wrong;
}

TEST(key_of, whatever_is_wrong_with_the_rest) {
    const auto whole = test::packet().from("192.0.2.7").to("192.0.2.100").tcp(40001, 80).syn();
    const auto& frame = whole.bytes();
    const auto all = std::as_bytes(std::span(frame));
    const flow_key key = key_of(all);
    EXPECT_EQ(to_string(key.source, key.source_port.host()), "192.0.2.7:40001");
    EXPECT_EQ(to_string(key.destination, key.destination_port.host()), "192.0.2.100:80");
    for (std::size_t length = 0; length < all.size(); ++length) {
        // A copy of its own, so that the sanitizer sees what is read behind it.
        const std::vector<std::byte> cut(all.begin(),
                                         all.begin() + static_cast<std::ptrdiff_t>(length));
        const flow_key part = key_of(cut);
        EXPECT_EQ(part.source.is_none(), length < 34) << length;
    }
}

TEST(program, sound_ones_only) {
    pcap_t* const dead = pcap_open_dead(DLT_EN10MB, 65535);
    bpf_program made{};
    ASSERT_EQ(pcap_compile(dead, &made, "tcp port 80 or vlan 3", 1, PCAP_NETMASK_UNKNOWN), 0);
    std::vector<filter_step> program;
    for (unsigned i = 0; i < made.bf_len; ++i) {
        const bpf_insn& in = made.bf_insns[i];
        program.push_back({in.code, in.jt, in.jf, in.k});
    }
    pcap_freecode(&made);
    pcap_close(dead);
    EXPECT_TRUE(is_sound(program));
    EXPECT_FALSE(is_sound({}));
    program.pop_back();
    EXPECT_FALSE(is_sound(program)) << "no end";
    const std::vector<filter_step> round{{BPF_JMP | BPF_JA, 0, 0, 0xffffffff}, {BPF_RET, 0, 0, 1}};
    EXPECT_FALSE(is_sound(round)) << "a jump back to itself";
}

} // namespace
} // namespace weir::watch
