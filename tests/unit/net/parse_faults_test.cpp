// The parser on broken frames, and on those that are none of its business.

#include "unit/net/fixture.h"

namespace weir::test {
namespace {

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

} // namespace
} // namespace weir::test
