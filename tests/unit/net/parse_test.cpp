// The parser on valid and on broken frames.

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

struct broken {
    const char* what;
    bytes_of_frame frame;
    drop_reason reason;
};

/// A valid frame with one 16-bit word changed and, for IPv4, the header checksum updated.
bytes_of_frame with(const packet& p, std::size_t at, std::uint16_t value, bool mend = true) {
    bytes_of_frame frame = p.bytes();
    put16(frame, at, value);
    if (mend) mend_ip_checksum(frame);
    return frame;
}

TEST(parse, rejects_what_no_honest_host_sends) {
    const packet tcp = client_v4().tcp(40001, 80).syn();
    const packet udp = client_v4().udp(40001, 53).payload(10);
    const packet tcp6 = client_v6().tcp(40001, 80).syn();
    const packet udp6 = client_v6().udp(40001, 53).payload(10);
    auto cut_arp = packet().from("192.0.2.7").to("192.0.2.1").arp_request().bytes();
    cut_arp.pop_back();
    const std::vector<broken> all{
        {"nothing", {}, drop_reason::truncated},
        {"version 5", with(tcp, 14, 0x5500), drop_reason::bad_version},
        {"version 6 in an IPv4 frame", with(tcp, 14, 0x6500), drop_reason::bad_version},
        {"version 4 in an IPv6 frame", with(tcp6, 14, 0x4500, false), drop_reason::bad_version},
        {"header of 16 bytes", with(tcp, 14, 0x4400), drop_reason::bad_length},
        {"header longer than the frame", with(tcp, 14, 0x4f00, false), drop_reason::bad_length},
        {"total length below the header", with(tcp, 16, 19), drop_reason::bad_length},
        {"total length beyond the frame", with(tcp, 16, 41), drop_reason::bad_length},
        {"total length of 65535", with(tcp, 16, 65535), drop_reason::bad_length},
        {"payload length beyond the frame", with(tcp6, 18, 21, false), drop_reason::bad_length},
        {"payload length of 65535", with(tcp6, 18, 65535, false), drop_reason::bad_length},
        {"wrong header checksum", with(tcp, 24, 0x1234, false), drop_reason::bad_checksum},
        {"TCP header cut", with(tcp, 16, 39), drop_reason::truncated},
        {"TCP header of 16 bytes", with(tcp, 46, 0x4002), drop_reason::bad_length},
        {"TCP options beyond the packet", with(tcp, 46, 0x6002), drop_reason::truncated},
        {"TCP header cut, IPv6", with(tcp6, 18, 19, false), drop_reason::truncated},
        {"UDP header cut", with(udp, 16, 27), drop_reason::truncated},
        {"UDP length of 7", with(udp, 38, 7), drop_reason::bad_length},
        {"UDP length beyond the packet", with(udp, 38, 19), drop_reason::bad_length},
        {"UDP length of 0, IPv6", with(udp6, 58, 0, false), drop_reason::bad_length},
        {"loose source route", client_v4().options({131, 7, 4, 192, 0, 2, 9}).tcp(1, 2).bytes(),
         drop_reason::source_route},
        {"strict source route behind others",
         client_v4().options({1, 7, 3, 4, 137, 3, 4}).tcp(1, 2).bytes(), drop_reason::source_route},
        {"option of length 0", client_v4().options({7, 0, 0, 0}).tcp(1, 2).bytes(),
         drop_reason::bad_length},
        {"option of length 1", client_v4().options({7, 1, 0, 0}).tcp(1, 2).bytes(),
         drop_reason::bad_length},
        {"option beyond the header", client_v4().options({7, 9, 0, 0}).tcp(1, 2).bytes(),
         drop_reason::bad_length},
        {"option without length", client_v4().options({1, 1, 1, 7}).tcp(1, 2).bytes(),
         drop_reason::bad_length},
        {"routing header type 0, used up",
         client_v6().extension(43, {0, 0, 0, 0, 0, 0}).tcp(1, 2).bytes(),
         drop_reason::source_route},
        {"routing header with a segment left",
         client_v6().extension(43, {4, 1, 0, 0, 0, 0}).tcp(1, 2).bytes(),
         drop_reason::source_route},
        {"from loopback", packet().from("127.0.0.1").to("192.0.2.100").tcp(1, 2).bytes(),
         drop_reason::martian},
        {"to loopback", packet().from("192.0.2.7").to("127.0.0.1").tcp(1, 2).bytes(),
         drop_reason::martian},
        {"from nobody", packet().from("0.0.0.0").to("192.0.2.100").udp(1, 2).bytes(),
         drop_reason::martian},
        {"from a group", packet().from("224.0.0.1").to("192.0.2.100").udp(1, 2).bytes(),
         drop_reason::martian},
        {"from all", packet().from("255.255.255.255").to("192.0.2.100").udp(1, 2).bytes(),
         drop_reason::martian},
        {"from class E", packet().from("240.0.0.1").to("192.0.2.100").udp(1, 2).bytes(),
         drop_reason::martian},
        {"from ::1", packet().from("::1").to("2001:db8::100").udp(1, 2).bytes(),
         drop_reason::martian},
        {"from nobody, IPv6", packet().from("::").to("2001:db8::100").udp(1, 2).bytes(),
         drop_reason::martian},
        {"from a group, IPv6", packet().from("ff02::1").to("2001:db8::100").udp(1, 2).bytes(),
         drop_reason::martian},
        {"from a MAC of many",
         client_v4().mac("01:00:00:00:00:01", "02:00:00:00:00:02").tcp(1, 2).bytes(),
         drop_reason::martian},
        {"from oneself", packet().from("192.0.2.100").to("192.0.2.100").tcp(80, 80).syn().bytes(),
         drop_reason::land},
        {"from oneself, IPv6",
         packet().from("2001:db8::100").to("2001:db8::100").tcp(80, 80).syn().bytes(),
         drop_reason::land},
        {"middle piece of 9 bytes", client_v4().fragment(8, true).udp(1, 2).payload(9).bytes(),
         drop_reason::bad_length},
        {"piece of nothing", client_v4().fragment(8, false).udp(1, 2).bytes(),
         drop_reason::bad_length},
        {"piece beyond 65535", client_v4().fragment(65528, false).udp(1, 2).payload(8).bytes(),
         drop_reason::bad_length},
        {"middle piece of 9 bytes, IPv6",
         client_v6().fragment(8, true).udp(1, 2).payload(9).bytes(), drop_reason::bad_length},
        {"piece beyond 65535, IPv6",
         client_v6().fragment(65528, false).udp(1, 2).payload(8).bytes(), drop_reason::bad_length},
        {"ARP, cut", cut_arp, drop_reason::truncated},
    };
    for (const broken& b : all) {
        const packet_view view = parsed(b.frame);
        EXPECT_EQ(static_cast<int>(view.kind), static_cast<int>(packet_kind::bad)) << b.what;
        EXPECT_EQ(name_of(view.reason), name_of(b.reason)) << b.what;
        packet_view quick;
        EXPECT_FALSE(parse_simple(b.frame, false, quick)) << b.what;
    }
}

TEST(parse, believes_the_device_about_header_checksums) {
    auto frame = client_v4().tcp(1, 2).bytes();
    EXPECT_EQ(parsed(frame, ip_checksum::bad).reason, drop_reason::bad_checksum);
    put16(frame, 24, 0x1234);
    EXPECT_EQ(parsed(frame, ip_checksum::good).reason, drop_reason::none);
    EXPECT_EQ(parsed(frame, ip_checksum::unknown).reason, drop_reason::bad_checksum);
}

TEST(parse, drops_icmp_it_would_act_on_when_the_checksum_is_wrong) {
    const auto about = packet().from("192.0.2.100").to("198.51.100.7").tcp(80, 1).bytes();
    for (auto frame : {client_v4().echo(1, 1).payload(8).bytes(),
                       client_v4().icmp(3, 4, 1400).about(about).bytes()}) {
        frame.back() ^= std::byte{1};
        EXPECT_EQ(parsed(frame).reason, drop_reason::bad_checksum);
    }
}

struct innocent {
    const char* what;
    bytes_of_frame frame;
};

TEST(parse, leaves_other_packets_to_linux) {
    const auto about = packet().from("192.0.2.100").to("198.51.100.7").tcp(80, 1).ack().bytes();
    auto later = packet().from("192.0.2.100").to("198.51.100.7").fragment(8, false).tcp(80, 1);
    auto long_chain = client_v6();
    for (int i = 0; i < 9; ++i)
        long_chain.extension(60);
    auto other_arp = packet().from("192.0.2.7").to("192.0.2.1").arp_request().bytes();
    put16(other_arp, 14, 6); // IEEE 802 networks
    auto too_few_hops = packet().from("2001:db8::7").solicit("2001:db8::100").ttl(254).bytes();
    const std::vector<innocent> all{
        {"DHCP", packet().from("0.0.0.0").to("255.255.255.255").udp(68, 67).payload(30).bytes()},
        {"an unknown EtherType",
         [] {
             auto frame = client_v4().tcp(1, 2).bytes();
             put16(frame, 12, 0x88cc);
             return frame;
         }()},
        {"to many by Ethernet",
         client_v4().mac("02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff").udp(1, 2).bytes()},
        {"an error about a later fragment",
         client_v4().icmp(3, 1).about(later.payload(20).bytes()).bytes()},
        {"an error with too short a quote", client_v4().icmp(3, 1).about(about, 27).bytes()},
        {"an error with half a header", client_v4().icmp(3, 1).about(about, 19).bytes()},
        {"an error with nothing", client_v4().icmp(3, 1).bytes()},
        {"a redirect", client_v4().icmp(5, 1).about(about).bytes()},
        {"a ping with a code", client_v4().icmp(8, 1).payload(20).bytes()},
        {"an error in pieces", client_v4().fragment(0, true).icmp(3, 1).payload(24).bytes()},
        {"nine extension headers", long_chain.udp(1, 2).bytes()},
        {"hop-by-hop options behind another header",
         client_v6().extension(60).extension(0).udp(1, 2).bytes()},
        {"ARP of another network", other_arp},
        {"a solicitation from afar", too_few_hops},
        {"a solicitation of nobody's for another group", packet()
                                                             .from("::")
                                                             .to("ff02::1:ff00:99")
                                                             .solicit("2001:db8::100")
                                                             .no_link_option()
                                                             .bytes()},
        {"a solicitation of nobody's with a MAC",
         packet().from("::").solicit("2001:db8::100").bytes()},
    };
    for (const innocent& i : all) {
        const packet_view view = parsed(i.frame);
        EXPECT_EQ(static_cast<int>(view.kind), static_cast<int>(packet_kind::other))
            << i.what << ": " << describe(i.frame) << " " << name_of(view.reason);
    }
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
