// The parser on valid frames, and on frames cut anywhere.

#include "unit/net/fixture.h"

namespace weir::test {
namespace {

TEST(parse, knows_every_kind_of_packet) {
    for (const sample& s : samples()) {
        const packet_view view = parsed(s.frame);
        EXPECT_EQ(static_cast<int>(view.kind), static_cast<int>(s.kind)) << s.name;
        EXPECT_EQ(view.reason, drop_reason::none) << s.name;
        EXPECT_TRUE(checksums_good(s.frame)) << s.name;
        EXPECT_LE(std::size_t{view.l3} + view.ip_length, s.frame.size()) << s.name;
    }
}

void expect_same(const packet_view& a, const packet_view& b, const std::string& name) {
    EXPECT_EQ(a.key, b.key) << name;
    EXPECT_EQ(a.l3, b.l3) << name;
    EXPECT_EQ(a.l4, b.l4) << name;
    EXPECT_EQ(a.ip_length, b.ip_length) << name;
    EXPECT_EQ(a.inner, b.inner) << name;
    EXPECT_EQ(a.inner_l4, b.inner_l4) << name;
    EXPECT_EQ(static_cast<int>(a.kind), static_cast<int>(b.kind)) << name;
    EXPECT_EQ(a.reason, b.reason) << name;
    EXPECT_EQ(a.tcp_flags, b.tcp_flags) << name;
    EXPECT_EQ(a.opens(), b.opens()) << name;
    EXPECT_EQ(a.sctp_chunk, b.sctp_chunk) << name;
    EXPECT_EQ(a.v6, b.v6) << name;
    EXPECT_EQ(a.fragmented, b.fragmented) << name;
    EXPECT_EQ(a.vlan, b.vlan) << name;
    EXPECT_EQ(a.fragment_id, b.fragment_id) << name;
    EXPECT_EQ(a.fragment_offset, b.fragment_offset) << name;
}

TEST(parse_simple, says_what_parse_says_or_nothing) {
    int decided = 0;
    for (const sample& s : samples()) {
        for (const auto device : {ip_checksum::unknown, ip_checksum::good}) {
            packet_view quick;
            quick.inner = 1234; // a view that was used before
            quick.vlan = 7;
            if (!parse_simple(s.frame, device == ip_checksum::good, quick)) continue;
            expect_same(quick, parsed(s.frame, device), s.name);
            ++decided;
        }
    }
    EXPECT_GE(decided, 15);
}

TEST(parse_simple, takes_the_common_packets) {
    packet_view view;
    EXPECT_TRUE(parse_simple(client_v4().tcp(1, 2).ack().bytes(), false, view));
    EXPECT_TRUE(parse_simple(client_v4().udp(1, 2).bytes(), false, view));
    EXPECT_TRUE(parse_simple(client_v6().tcp(1, 2).ack().bytes(), false, view));
    EXPECT_TRUE(parse_simple(client_v6().udp(1, 2).bytes(), false, view));
    EXPECT_TRUE(parse_simple(client_v4().df().tcp(1, 2).bytes(), true, view));
}

TEST(parse, reads_the_key_and_the_places) {
    const auto frame =
        client_v4().vlan(120).options({1, 1}).tcp(40001, 80).syn().payload(5).bytes();
    const packet_view view = parsed(frame);
    EXPECT_EQ(view.key, (flow_key{address("198.51.100.7"), address("192.0.2.100"),
                                  be16::from_host(40001), be16::from_host(80), 6}));
    EXPECT_EQ(view.vlan, 120);
    EXPECT_EQ(view.l3, 18);
    EXPECT_EQ(view.l4, 18 + 24);
    EXPECT_EQ(view.ip_length, 24 + 20 + 5);
    EXPECT_EQ(view.tcp_flags, tcp_header::syn);
}

/// With id 0 a tag of 802.1Q only has a priority. One of 802.1ad is another network's, whatever its
/// id.
TEST(parse, a_service_tag_is_no_priority_tag) {
    std::vector<std::byte> frame = client_v4().vlan(120).tcp(40001, 80).syn().bytes();
    frame[14] = frame[15] = std::byte{0};
    EXPECT_EQ(parsed(frame).kind, packet_kind::flow);
    EXPECT_EQ(parsed(frame).vlan, 0);
    frame[12] = std::byte{0x88};
    frame[13] = std::byte{0xa8};
    EXPECT_EQ(parsed(frame).kind, packet_kind::other);
}

TEST(parse, reads_the_chunk_that_decides) {
    const auto chunk_of = [](const packet& p) { return int{parsed(p.bytes()).sctp_chunk}; };
    const packet v4 = client_v4().sctp(40001, 36412);
    const packet v6 = client_v6().sctp(40001, 36412);
    for (const packet& p : {v4, v6}) {
        const packet_view view = parsed(packet(p).init().bytes());
        EXPECT_EQ(view.key.source_port.host(), 40001);
        EXPECT_EQ(view.key.destination_port.host(), 36412);
        EXPECT_EQ(view.key.proto, 132u);
        EXPECT_EQ(view.sctp_chunk, sctp_init);
        EXPECT_TRUE(view.opens());
        EXPECT_FALSE(parsed(packet(p).chunk(sctp_data, 9).bytes()).opens());
        EXPECT_EQ(chunk_of(packet(p).chunk(sctp_cookie_ack).chunk(0, 20)), sctp_cookie_ack);
        EXPECT_EQ(chunk_of(packet(p).chunk(sctp_cookie_ack).chunk(sctp_abort)), sctp_abort);
        EXPECT_EQ(chunk_of(packet(p).chunk(sctp_cookie_echo, 33).chunk(sctp_abort)), sctp_abort);
        EXPECT_EQ(chunk_of(packet(p).chunk(sctp_shutdown, 4).chunk(sctp_abort)), sctp_shutdown);
        EXPECT_EQ(chunk_of(packet(p).chunk(255, 4)), 255);
    }
    EXPECT_FALSE(parsed(client_v4().tcp(1, 2).syn().ack().bytes()).opens());
    EXPECT_FALSE(parsed(client_v4().udp(1, 2).bytes()).opens());
}

TEST(parse, rejects_sctp_with_false_lengths) {
    constexpr std::size_t length_at = 14 + 20 + 12 + 2;
    const bytes_of_frame good = client_v4().sctp(40001, 36412).chunk(10, 4).chunk(6).bytes();
    for (const auto& [length, reason] : {std::pair{0, drop_reason::bad_length},
                                         {3, drop_reason::bad_length},
                                         {4, drop_reason::none},
                                         {12, drop_reason::none},
                                         {13, drop_reason::bad_length},
                                         {0xffff, drop_reason::bad_length}}) {
        bytes_of_frame frame = good;
        put16(frame, length_at, static_cast<std::uint16_t>(length));
        EXPECT_EQ(parsed(frame).reason, reason) << length;
    }
    // A second chunk that is incomplete is ignored.
    bytes_of_frame frame = client_v4().sctp(40001, 36412).chunk(10, 4).payload("\x06").bytes();
    EXPECT_EQ(parsed(frame).sctp_chunk, sctp_cookie_echo);
    for (std::size_t size = 0; size < 16; ++size) {
        const auto cut = client_v4().proto(132).payload(size).bytes();
        EXPECT_EQ(parsed(cut).reason, drop_reason::truncated) << size;
        const auto cut6 = client_v6().proto(132).payload(size).bytes();
        EXPECT_EQ(parsed(cut6).reason, drop_reason::truncated) << size;
    }
    // The rest of the chunk is in the next fragment.
    const auto pieces = fragments_of(client_v4().sctp(40001, 36412).chunk(0, 100).bytes(), 68, 9);
    EXPECT_EQ(parsed(pieces[0]).reason, drop_reason::none);
    EXPECT_TRUE(parsed(pieces[0]).fragmented);
    EXPECT_EQ(static_cast<int>(parsed(pieces[1]).kind), static_cast<int>(packet_kind::fragment));
}

TEST(parse, reads_the_quoted_packet_of_an_error) {
    const auto about = packet()
                           .from("192.0.2.100")
                           .to("198.51.100.7")
                           .options({1, 1, 1, 0})
                           .udp(53, 40001)
                           .payload(20)
                           .bytes();
    const packet_view view = parsed(client_v4().icmp(3, 3).about(about).bytes());
    EXPECT_EQ(view.key, (flow_key{address("192.0.2.100"), address("198.51.100.7"),
                                  be16::from_host(53), be16::from_host(40001), 17}));
    EXPECT_EQ(view.l4, 34);
    EXPECT_EQ(view.inner, 34 + 8);
    EXPECT_EQ(view.inner_l4, 34 + 8 + 24);
}

TEST(parse, names_a_ping_in_pieces) {
    for (const packet& host : {client_v4(), client_v6()}) {
        const packet_view first =
            parsed(packet(host).fragment(0, true).echo(1, 1).payload(32).bytes());
        EXPECT_EQ(static_cast<int>(first.kind), static_cast<int>(packet_kind::echo));
        EXPECT_TRUE(first.fragmented);
        const packet_view later =
            parsed(packet(host).fragment(40, false).echo(1, 1).payload(30).bytes());
        EXPECT_EQ(static_cast<int>(later.kind), static_cast<int>(packet_kind::fragment));
        EXPECT_EQ(later.fragment_offset, 40);
    }
}

TEST(parse, names_vrrp_to_a_group_and_to_one_host) {
    const auto kind_of = [](const packet& p) { return static_cast<int>(parsed(p.bytes()).kind); };
    const auto vrrp = static_cast<int>(packet_kind::vrrp);
    const auto from = packet().from("192.0.2.3");
    const auto from6 = packet().from("fe80::3");
    EXPECT_EQ(kind_of(packet(from).to("224.0.0.18").proto(112).payload(12)), vrrp);
    EXPECT_EQ(kind_of(packet(from).to("192.0.2.2").proto(112).payload(12)), vrrp);
    EXPECT_EQ(kind_of(packet(from6).to("ff02::12").proto(112).payload(24)), vrrp);
    const auto other = static_cast<int>(packet_kind::other);
    EXPECT_EQ(kind_of(packet(from).to("224.0.0.18").proto(113).payload(12)), other);
    EXPECT_EQ(kind_of(packet(from).to("224.0.0.18").fragment(0, true).proto(112).payload(16)),
              other);
}

TEST(parse, follows_extension_headers_up_to_the_eighth) {
    auto chain = client_v6().extension(0);
    for (int i = 0; i < 7; ++i) {
        const auto frame = packet(chain).tcp(40001, 80).syn().bytes();
        const packet_view view = parsed(frame);
        EXPECT_EQ(static_cast<int>(view.kind), static_cast<int>(packet_kind::flow)) << i;
        EXPECT_EQ(view.l4, 14 + 40 + 8 * (i + 1)) << i;
        EXPECT_EQ(view.key.destination_port, be16::from_host(80)) << i;
        chain.extension(i % 2 == 0 ? std::uint8_t{60} : std::uint8_t{43}, {4, 0, 0, 0, 0, 0});
    }
    const auto atomic = client_v6().fragment(0, false).udp(1, 2).payload(8).bytes(); // RFC 6946
    EXPECT_EQ(static_cast<int>(parsed(atomic).kind), static_cast<int>(packet_kind::flow));
    EXPECT_FALSE(parsed(atomic).fragmented);
}

TEST(parse, of_a_frame_cut_anywhere_stays_within_it) {
    for (const sample& s : samples()) {
        for (std::size_t size = 0; size < s.frame.size(); ++size) {
            // Allocated exactly, so that the address sanitizer sees a byte too many.
            const auto copy = std::make_unique<std::byte[]>(size);
            std::copy_n(s.frame.begin(), size, copy.get());
            const packet_view view = parsed({copy.get(), size});
            if (view.kind == packet_kind::bad || view.ip_length == 0) continue;
            EXPECT_LE(std::size_t{view.l3} + view.ip_length, size) << s.name;
        }
    }
}

TEST(classify, knows_the_edges_of_address_blocks) {
    const auto class_of = [](std::string_view text) {
        const ip_address a = address(text);
        return static_cast<int>(a.is_v4() ? classify(a.as_v4()) : classify_v6(a));
    };
    const auto host = static_cast<int>(address_class::host);
    const auto group = static_cast<int>(address_class::group);
    const auto never = static_cast<int>(address_class::never);
    const auto nobody = static_cast<int>(address_class::unspecified);
    for (const char* text : {"1.0.0.0", "126.255.255.255", "128.0.0.0", "223.255.255.255",
                             "192.0.2.1", "2001:db8::1", "fe80::1", "fd00::1", "::2"})
        EXPECT_EQ(class_of(text), host) << text;
    for (const char* text :
         {"224.0.0.0", "239.255.255.255", "255.255.255.255", "ff00::", "ff02::1"})
        EXPECT_EQ(class_of(text), group) << text;
    for (const char* text : {"0.0.0.1", "0.255.255.255", "127.0.0.0", "127.255.255.255",
                             "240.0.0.0", "255.255.255.254", "::1"})
        EXPECT_EQ(class_of(text), never) << text;
    EXPECT_EQ(class_of("0.0.0.0"), nobody);
    EXPECT_EQ(class_of("::"), nobody);
    EXPECT_EQ(static_cast<int>(classify_v6(ip_address::v4(192, 0, 2, 1))), never); // mapped
}

} // namespace
} // namespace weir::test
