// The rewrites: packet in, packet out, every byte.

#include "net/rewrite.h"
#include "net/tunnel.h"
#include "packets/seen.h"
#include "unit/net/fixture.h"

namespace weir::test {
namespace {

/// A client's packet, and the same after a translation.
struct translation {
    const char* what;
    packet before;
    packet after;
};

bytes_of_frame translated(const bytes_of_frame& in, bool source, std::string_view to,
                          std::uint16_t port) {
    bytes_of_frame frame = in;
    const packet_view view = parsed(frame);
    const bool ports = view.kind != packet_kind::fragment;
    if (source)
        EXPECT_TRUE(
            translate_source(frame.data(), view, address(to), be16::from_host(port), ports));
    else
        EXPECT_TRUE(
            translate_destination(frame.data(), view, address(to), be16::from_host(port), ports));
    return frame;
}

packet to_server_v4() {
    return packet().from("198.51.100.7").to("203.0.113.11");
}
packet to_server_v6() {
    return packet().from("2001:db8:7::7").to("2001:db8:1::11");
}

TEST(translate_destination, changes_address_port_and_checksums) {
    const std::vector<translation> all{
        {"TCP", client_v4().tcp(40001, 80).syn(), to_server_v4().tcp(40001, 8080).syn()},
        {"TCP with data of odd length", client_v4().tcp(40001, 80).ack().payload(333),
         to_server_v4().tcp(40001, 8080).ack().payload(333)},
        {"TCP, tagged and padded", client_v4().vlan(9).pad(64).tcp(40001, 80).ack(),
         to_server_v4().vlan(9).pad(64).tcp(40001, 8080).ack()},
        {"TCP behind options", client_v4().options({1, 1, 1, 1}).tcp(40001, 80).ack(),
         to_server_v4().options({1, 1, 1, 1}).tcp(40001, 8080).ack()},
        {"UDP", client_v4().udp(40001, 80).payload(9), to_server_v4().udp(40001, 8080).payload(9)},
        {"UDP without checksum", client_v4().udp(40001, 80).no_checksum().payload(9),
         to_server_v4().udp(40001, 8080).no_checksum().payload(9)},
        {"SCTP", client_v4().sctp(40001, 80).init(), to_server_v4().sctp(40001, 8080).init()},
        {"SCTP with data", client_v4().pad(1500).sctp(40001, 80).chunk(3, 12).chunk(0, 1333),
         to_server_v4().pad(1500).sctp(40001, 8080).chunk(3, 12).chunk(0, 1333)},
        {"SCTP behind extension headers", client_v6().extension(60).sctp(40001, 80).chunk(0, 99),
         to_server_v6().extension(60).sctp(40001, 8080).chunk(0, 99)},
        {"TCP, IPv6", client_v6().tcp(40001, 80).syn(), to_server_v6().tcp(40001, 8080).syn()},
        {"UDP, IPv6", client_v6().udp(40001, 80).payload(9),
         to_server_v6().udp(40001, 8080).payload(9)},
        {"UDP behind extension headers", client_v6().extension(60).udp(40001, 80).payload(9),
         to_server_v6().extension(60).udp(40001, 8080).payload(9)},
        {"later fragment", client_v4().id(3).fragment(16, false).udp(40001, 80).payload(24),
         to_server_v4().id(3).fragment(16, false).udp(40001, 80).payload(24)},
        {"later fragment, IPv6", client_v6().id(3).fragment(16, false).udp(1, 80).payload(24),
         to_server_v6().id(3).fragment(16, false).udp(1, 80).payload(24)},
    };
    for (const translation& t : all) {
        const char* server =
            t.before.bytes()[t.before.bytes()[12] == std::byte{0x81} ? 16 : 12] == std::byte{0x86}
                ? "2001:db8:1::11"
                : "203.0.113.11";
        expect_frame(t.what, translated(t.before.bytes(), false, server, 8080), t.after.bytes());
    }
}

TEST(translate_source, is_the_way_back) {
    expect_frame(
        "TCP",
        translated(packet()
                       .from("203.0.113.11")
                       .to("198.51.100.7")
                       .tcp(8080, 40001)
                       .ack()
                       .payload(7)
                       .bytes(),
                   true, "192.0.2.100", 80),
        packet().from("192.0.2.100").to("198.51.100.7").tcp(80, 40001).ack().payload(7).bytes());
    expect_frame(
        "UDP, IPv6",
        translated(
            packet().from("2001:db8:1::11").to("2001:db8:7::7").udp(5353, 40001).payload(7).bytes(),
            true, "2001:db8::100", 53),
        packet().from("2001:db8::100").to("2001:db8:7::7").udp(53, 40001).payload(7).bytes());
}

// RFC 9260 appendix A: the checksum covers no addresses, but all other bytes, including those of
// later fragments.
TEST(translate, sctp_keeps_its_checksum_with_its_port) {
    const bytes_of_frame broken = [] {
        bytes_of_frame frame = client_v4().sctp(40001, 80).chunk(0, 99).bytes();
        frame.back() ^= std::byte{1};
        return frame;
    }();
    const bytes_of_frame same = translated(broken, false, "203.0.113.11", 80);
    EXPECT_TRUE(std::equal(same.begin() + 34, same.end(), broken.begin() + 34));
    const bytes_of_frame other = translated(broken, false, "203.0.113.11", 8080);
    EXPECT_FALSE(checksums_good(other)) << "a broken packet stays broken";

    for (const packet& whole :
         {client_v4().sctp(40001, 80).chunk(0, 99), client_v6().sctp(40001, 80).chunk(0, 99)}) {
        const bytes_of_frame first = fragments_of(whole.bytes(), 96, 7)[0];
        const packet_view view = parsed(first);
        const ip_address server = address(view.v6 ? "2001:db8:1::11" : "203.0.113.11");
        bytes_of_frame frame = first;
        EXPECT_TRUE(translate_destination(frame.data(), view, server, be16::from_host(80)));
        EXPECT_FALSE(translate_destination(frame.data(), view, server, be16::from_host(8080)));
        EXPECT_TRUE(translate_source(frame.data(), view, server, be16::from_host(40001)));
        EXPECT_FALSE(translate_source(frame.data(), view, server, be16::from_host(8080)));
    }
}

// There and back with ports of all sizes, to cover checksums of all sizes.
TEST(translate, there_and_back_is_nothing) {
    for (unsigned port = 1; port < 0x10000; port += 13) {
        const auto number = static_cast<std::uint16_t>(port);
        const bytes_of_frame start = client_v4().udp(number, 80).bytes();
        bytes_of_frame frame = translated(start, false, "203.0.113.11", 8080);
        ASSERT_TRUE(checksums_good(frame)) << port;
        frame = translated(frame, false, "192.0.2.100", 80);
        ASSERT_EQ(frame, start) << port;
    }
}

// RFC 768: a UDP checksum that would be zero is sent as ones, since zero means "none".
TEST(translate, never_turns_a_udp_checksum_into_none) {
    bytes_of_frame in = client_v4().udp(40001, 80).payload(2).bytes();
    bytes_of_frame out = translated(in, false, "203.0.113.11", 8080);
    // Choose the data so that the new checksum is zero: add the rest to the last word.
    const std::uint16_t data = static_cast<std::uint16_t>(get16(in, 42) + get16(out, 40));
    const bool carried = get16(in, 42) + get16(out, 40) > 0xffff;
    const std::string text{static_cast<char>((data + carried) >> 8),
                           static_cast<char>((data + carried) & 0xff)};
    in = client_v4().udp(40001, 80).payload(text).bytes();
    out = translated(in, false, "203.0.113.11", 8080);
    EXPECT_EQ(get16(out, 40), 0xffff);
    EXPECT_TRUE(checksums_good(out));
}

TEST(translate, keeps_a_broken_packet_broken) {
    for (const bool tcp : {true, false}) {
        packet p = client_v4();
        tcp ? p.tcp(40001, 80).ack().payload(20) : p.udp(40001, 80).payload(20);
        bytes_of_frame in = p.bytes();
        in.back() ^= std::byte{0x40};
        EXPECT_FALSE(checksums_good(translated(in, false, "203.0.113.11", 8080)));
    }
}

TEST(decrement_ttl, changes_nothing_else) {
    for (const packet& p : {client_v4().tcp(1, 2).payload(9), client_v6().tcp(1, 2).payload(9)}) {
        bytes_of_frame frame = packet(p).ttl(64).bytes();
        const packet_view view = parsed(frame);
        EXPECT_EQ(ttl_of(frame.data() + view.l3, view.v6), 64);
        decrement_ttl(frame.data() + view.l3, view.v6);
        expect_frame("TTL", frame, packet(p).ttl(63).bytes());
    }
}

/// `inner` in a tunnel from `source` to `destination`.
bytes_of_frame tunnelled(const bytes_of_frame& inner, std::string_view source,
                         std::string_view destination, std::uint16_t id,
                         encapsulation how = encapsulation::ipip) {
    const packet_view view = parsed(inner);
    const bool outer_v6 = address(destination).is_v6();
    const std::size_t overhead = tunnel_overhead(how, outer_v6);
    bytes_of_frame out(inner.begin(), inner.begin() + view.l3);
    out.resize(view.l3 + overhead);
    out.insert(out.end(), inner.begin() + view.l3, inner.begin() + view.l3 + view.ip_length);
    put16(out, view.l3 - 2u, outer_v6 ? 0x86dd : 0x0800);
    write_tunnel_header(how, out.data() + view.l3, outer_v6, out.data() + view.l3 + overhead,
                        view.v6, view.ip_length, address(source), address(destination), id);
    return out;
}

class tunnel_header : public testing::TestWithParam<encapsulation> {};

TEST_P(tunnel_header, carries_either_family_in_either) {
    const packet inner4 = client_v4().ttl(33).tos(0xb9).tcp(40001, 80).ack().payload(101);
    const packet inner6 = client_v6().ttl(33).tos(0xb9).tcp(40001, 80).ack().payload(101);
    for (const bool df : {false, true}) {
        packet inner = inner4;
        if (df) inner.df();
        packet outer = packet()
                           .from("192.0.2.2")
                           .to("203.0.113.11")
                           .ttl(33)
                           .tos(0xb9)
                           .id(df ? 0 : 77)
                           .carry(inner.bytes(), GetParam());
        if (df) outer.df(); // RFC 2003 section 3.1: DF is copied
        expect_frame("4 in 4",
                     tunnelled(inner.bytes(), "192.0.2.2", "203.0.113.11", 77, GetParam()),
                     outer.bytes());
        expect_frame("4 in 6",
                     tunnelled(inner.bytes(), "2001:db8::2", "2001:db8:1::11", 77, GetParam()),
                     packet()
                         .from("2001:db8::2")
                         .to("2001:db8:1::11")
                         .ttl(33)
                         .tos(0xb9)
                         .carry(inner.bytes(), GetParam())
                         .bytes());
    }
    expect_frame("6 in 4", tunnelled(inner6.bytes(), "192.0.2.2", "203.0.113.11", 77, GetParam()),
                 packet()
                     .from("192.0.2.2")
                     .to("203.0.113.11")
                     .ttl(33)
                     .tos(0xb9)
                     .df()
                     .carry(inner6.bytes(), GetParam())
                     .bytes());
    expect_frame("6 in 6",
                 tunnelled(inner6.bytes(), "2001:db8::2", "2001:db8:1::11", 77, GetParam()),
                 packet()
                     .from("2001:db8::2")
                     .to("2001:db8:1::11")
                     .ttl(33)
                     .tos(0xb9)
                     .carry(inner6.bytes(), GetParam())
                     .bytes());
}

INSTANTIATE_TEST_SUITE_P(encapsulations, tunnel_header,
                         testing::Values(encapsulation::ipip, encapsulation::gre),
                         [](const auto& of) { return std::string(word_of(of.param)); });

// RFC 2784 section 2: no checksum, version 0, the EtherType of what follows.
TEST(gre_header, names_what_follows) {
    const auto inner4 = client_v4().udp(1, 2).bytes();
    const auto inner6 = client_v6().udp(1, 2).bytes();
    for (const auto& [own, server] :
         {std::pair{"192.0.2.2", "203.0.113.11"}, {"2001:db8::2", "2001:db8:1::11"}}) {
        const auto header = [&](const bytes_of_frame& inner) {
            const auto outer = tunnelled(inner, own, server, 1, encapsulation::gre);
            EXPECT_EQ(ip_in(outer).proto, 47);
            return get32(ip_in(outer).load, 0);
        };
        EXPECT_EQ(header(inner4), 0x00000800u);
        EXPECT_EQ(header(inner6), 0x000086ddu);
    }
}

// RFC 6040 section 4.1: all four ECN codepoints go into the outer header.
TEST(write_tunnel_header, copies_congestion_notification) {
    for (std::uint8_t ecn = 0; ecn < 4; ++ecn) {
        const auto inner = client_v4().tos(ecn).udp(1, 2).bytes();
        EXPECT_EQ(get8(tunnelled(inner, "192.0.2.2", "203.0.113.11", 1), 15), ecn);
        EXPECT_EQ(get16(tunnelled(inner, "2001:db8::2", "2001:db8:1::11", 1), 14),
                  0x6000 | ecn << 4);
    }
}

} // namespace
} // namespace weir::test
