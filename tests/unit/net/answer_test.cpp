// The packets that weir makes itself: ARP, neighbour discovery, ping, ICMP errors, resets.

#include "net/answer_icmp.h"
#include "net/answer_link.h"
#include "net/answer_reset.h"
#include "unit/net/fixture.h"

namespace weir::test {
namespace {

const mac_address ours{{0x02, 0, 0, 0, 0, 0x99}};
const mac_address asker{{0x02, 0, 0, 0, 0, 0x01}};

TEST(turn_arp, answers_the_asker) {
    for (const std::uint16_t vlan : {std::uint16_t{0}, std::uint16_t{120}}) {
        bytes_of_frame frame =
            packet().from("192.0.2.7").to("192.0.2.100").vlan(vlan).arp_request().pad(64).bytes();
        turn_arp(frame.data(), parsed(frame), ours);
        expect_frame("reply", frame,
                     packet()
                         .mac(ours, asker)
                         .from("192.0.2.100")
                         .to("192.0.2.7")
                         .vlan(vlan)
                         .arp_reply()
                         .pad(64)
                         .bytes());
    }
}

bytes_of_frame advertised(bytes_of_frame frame) {
    const packet_view view = parsed(frame);
    EXPECT_EQ(static_cast<int>(view.kind), static_cast<int>(packet_kind::solicitation));
    frame.resize(view.l3 + 72u);
    const std::size_t length = turn_solicitation(frame.data(), view, ours);
    EXPECT_EQ(length, view.l3 + 72u);
    return frame;
}

/// An advertisement of 2001:db8::100 with our MAC as an option (RFC 4861 section 4.4).
bytes_of_frame advertisement(const mac_address& to_mac, const char* to, std::uint32_t flags) {
    const std::array<unsigned, 24> target_and_option{
        0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 1, 2, 0, 0, 0, 0, 0x99};
    std::string body;
    for (const unsigned octet : target_and_option)
        body += static_cast<char>(octet);
    return packet()
        .mac(ours, to_mac)
        .from("2001:db8::100")
        .to(to)
        .ttl(255)
        .icmp(136, 0, flags)
        .payload(body)
        .bytes();
}

TEST(turn_solicitation, answers_the_asker_solicited) {
    expect_frame("advertisement",
                 advertised(packet().from("2001:db8::7").solicit("2001:db8::100").bytes()),
                 advertisement(asker, "2001:db8::7", 0x60000000));
    // To the address itself, as a host checks that a neighbour is still there.
    expect_frame("advertisement",
                 advertised(packet()
                                .from("2001:db8::7")
                                .to("2001:db8::100")
                                .solicit("2001:db8::100")
                                .no_link_option()
                                .bytes()),
                 advertisement(asker, "2001:db8::7", 0x60000000));
}

TEST(turn_solicitation, answers_duplicate_address_detection_to_all_nodes) {
    expect_frame("advertisement",
                 advertised(packet().from("::").solicit("2001:db8::100").no_link_option().bytes()),
                 advertisement({{0x33, 0x33, 0, 0, 0, 1}}, "ff02::1", 0x20000000));
}

TEST(turn_echo, answers_ping) {
    for (const std::size_t size : {0U, 1U, 56U, 1400U}) {
        for (const bool v6 : {false, true}) {
            const packet asked = (v6 ? client_v6() : client_v4()).ttl(3).tos(4);
            bytes_of_frame frame = packet(asked).echo(7, 9).payload(size).bytes();
            turn_echo(frame.data(), parsed(frame));
            const char* from = v6 ? "2001:db8::100" : "192.0.2.100";
            const char* to = v6 ? "2001:db8:7::7" : "198.51.100.7";
            expect_frame("pong", frame,
                         packet()
                             .mac(packet::destination_mac, packet::source_mac)
                             .from(from)
                             .to(to)
                             .tos(4)
                             .echo_reply(7, 9)
                             .payload(size)
                             .bytes());
        }
    }
}

bytes_of_frame error_about(const bytes_of_frame& frame, icmp_answer what, std::uint16_t mtu = 0) {
    const packet_view view = parsed(frame);
    bytes_of_frame out(answer_room);
    out.resize(make_icmp_error(frame, view, what, address(view.v6 ? "2001:db8::2" : "192.0.2.2"),
                               mtu, out));
    return out;
}

packet error_v4() {
    return packet()
        .mac(packet::destination_mac, packet::source_mac)
        .from("192.0.2.2")
        .to("198.51.100.7")
        .tos(0xc0)
        .df();
}
packet error_v6() {
    return packet()
        .mac(packet::destination_mac, packet::source_mac)
        .from("2001:db8::2")
        .to("2001:db8:7::7");
}

TEST(make_icmp_error, has_the_type_of_its_family_and_quotes_the_packet) {
    const auto four = client_v4().udp(40001, 53).payload(30).bytes();
    const auto six = client_v6().udp(40001, 53).payload(30).bytes();
    expect_frame("expired", error_about(four, icmp_answer::time_exceeded),
                 error_v4().icmp(11, 0).about(four).bytes());
    expect_frame("too big", error_about(four, icmp_answer::too_big, 1480),
                 error_v4().icmp(3, 4, 1480).about(four).bytes());
    expect_frame("refused", error_about(four, icmp_answer::port_unreachable, 7),
                 error_v4().icmp(3, 3).about(four).bytes());
    expect_frame("expired", error_about(six, icmp_answer::time_exceeded),
                 error_v6().icmp(3, 0).about(six).bytes());
    expect_frame("too big", error_about(six, icmp_answer::too_big, 1480),
                 error_v6().icmp(2, 0, 1480).about(six).bytes());
    expect_frame("refused", error_about(six, icmp_answer::port_unreachable),
                 error_v6().icmp(1, 4).about(six).bytes());
}

TEST(make_icmp_error, names_the_protocol_that_the_host_does_not_speak) {
    const auto four = client_v4().proto(47).payload(30).bytes();
    const auto six = client_v6().proto(47).payload(30).bytes();
    const auto behind_options = client_v6().extension(60).proto(47).payload(30).bytes();
    expect_frame("IPv4", error_about(four, icmp_answer::protocol_unreachable),
                 error_v4().icmp(3, 2).about(four).bytes());
    expect_frame("IPv6: it stands in the IPv6 header",
                 error_about(six, icmp_answer::protocol_unreachable),
                 error_v6().icmp(4, 1, 6).about(six).bytes());
    expect_frame("IPv6: it stands in the options",
                 error_about(behind_options, icmp_answer::protocol_unreachable),
                 error_v6().icmp(4, 1, 40).about(behind_options).bytes());
}

TEST(make_icmp_error, is_never_longer_than_every_host_takes) {
    const auto four = client_v4().vlan(3).udp(40001, 53).payload(1400).bytes();
    const auto six = client_v6().vlan(3).udp(40001, 53).payload(1400).bytes();
    expect_frame("IPv4", error_about(four, icmp_answer::time_exceeded),
                 error_v4().vlan(3).icmp(11, 0).about(four, 576 - 28).bytes());
    expect_frame("IPv6", error_about(six, icmp_answer::time_exceeded),
                 error_v6().vlan(3).icmp(3, 0).about(six, 1280 - 48).bytes());
    bytes_of_frame small(100);
    EXPECT_EQ(make_icmp_error(four, parsed(four), icmp_answer::time_exceeded, address("192.0.2.2"),
                              0, small),
              0U);
}

struct silence {
    const char* what;
    bytes_of_frame frame;
};

// RFC 1122 section 3.2.2, RFC 4443 section 2.4(e).
TEST(make_icmp_error, is_never_sent_about_what_must_not_be_answered) {
    const auto tcp = packet().from("192.0.2.100").to("198.51.100.7").tcp(80, 40001).ack().bytes();
    const auto tcp6 =
        packet().from("2001:db8::100").to("2001:db8:7::7").tcp(80, 40001).ack().bytes();
    const std::vector<silence> all{
        {"an ICMP error", client_v4().icmp(3, 1).about(tcp).bytes()},
        {"an ICMP error that names no flow", client_v4().icmp(11, 0).bytes()},
        {"an unknown ICMP type", client_v4().icmp(42, 0).payload(8).bytes()},
        {"a redirect", client_v4().icmp(5, 0).about(tcp).bytes()},
        {"an ICMPv6 error", client_v6().icmp(1, 0).about(tcp6).bytes()},
        {"an unknown ICMPv6 error", client_v6().icmp(100, 0).payload(8).bytes()},
        {"an ICMPv6 redirect", client_v6().icmp(137, 0).payload(40).bytes()},
        {"a later fragment", client_v4().fragment(16, false).udp(1, 2).payload(16).bytes()},
        {"a packet to many by Ethernet",
         client_v4().mac("02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff").udp(1, 2).bytes()},
        {"a packet to a group", packet().from("192.0.2.7").to("224.0.0.5").udp(1, 2).bytes()},
        {"a packet from nobody", packet().from("0.0.0.0").to("255.255.255.255").udp(1, 2).bytes()},
        {"a broken packet", bytes_of_frame(40)},
        {"an ARP request", packet().from("192.0.2.7").to("192.0.2.1").arp_request().bytes()},
    };
    for (const silence& s : all)
        EXPECT_TRUE(error_about(s.frame, icmp_answer::time_exceeded).empty()) << s.what;
    EXPECT_FALSE(error_about(client_v4().echo(1, 1).bytes(), icmp_answer::time_exceeded).empty())
        << "traceroute -I";
}

bytes_of_frame reset_about(const bytes_of_frame& frame) {
    bytes_of_frame out(answer_room);
    out.resize(make_reset(frame, parsed(frame), out));
    return out;
}

packet reset_v4() {
    return packet()
        .mac(packet::destination_mac, packet::source_mac)
        .from("192.0.2.100")
        .to("198.51.100.7")
        .df()
        .tcp(80, 40001);
}

/// The builder writes a window of 65535; a reset has none.
bytes_of_frame without_window(bytes_of_frame frame) {
    const std::size_t tcp = frame.size() - 20;
    const std::uint32_t window = get16(frame, tcp + 14);
    const std::uint32_t sum = get16(frame, tcp + 16) + window;
    put16(frame, tcp + 14, 0);
    put16(frame, tcp + 16, static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16)));
    return frame;
}

// RFC 9293 section 3.10.7.1: with ACK, <SEQ=SEG.ACK><CTL=RST>; without,
// <SEQ=0><ACK=SEG.SEQ+SEG.LEN>.
TEST(make_reset, is_what_the_sender_accepts) {
    const packet segment = client_v4().tcp(40001, 80).seq(5000);
    expect_frame("data", reset_about(packet(segment).acknowledge(777).payload(10).bytes()),
                 without_window(reset_v4().rst().seq(777).bytes()));
    expect_frame("SYN", reset_about(packet(segment).syn().bytes()),
                 without_window(reset_v4().rst().seq(0).acknowledge(5001).bytes()));
    expect_frame("FIN with data", reset_about(packet(segment).fin().payload(9).bytes()),
                 without_window(reset_v4().rst().seq(0).acknowledge(5010).bytes()));
    expect_frame("padding is no data", reset_about(packet(segment).syn().pad(64).bytes()),
                 without_window(reset_v4().rst().seq(0).acknowledge(5001).bytes()));
    const auto six = client_v6().tcp(40001, 80).acknowledge(777).bytes();
    expect_frame("IPv6", reset_about(six),
                 without_window(packet()
                                    .mac(packet::destination_mac, packet::source_mac)
                                    .from("2001:db8::100")
                                    .to("2001:db8:7::7")
                                    .tcp(80, 40001)
                                    .rst()
                                    .seq(777)
                                    .bytes()));
}

TEST(make_reset, is_never_about_a_reset_a_fragment_or_udp) {
    EXPECT_TRUE(reset_about(client_v4().tcp(40001, 80).rst().bytes()).empty());
    EXPECT_TRUE(reset_about(client_v4().tcp(40001, 80).rst().ack().bytes()).empty());
    EXPECT_TRUE(reset_about(client_v4().udp(40001, 80).bytes()).empty());
    EXPECT_TRUE(reset_about(client_v4().fragment(0, true).tcp(40001, 80).ack().payload(36).bytes())
                    .empty());
}

TEST(make_announcement, tells_the_link) {
    bytes_of_frame out(answer_room);
    out.resize(make_announcement(address("192.0.2.100"), ours, 0, out));
    bytes_of_frame wanted = packet()
                                .mac(ours, mac_address::broadcast())
                                .from("192.0.2.100")
                                .to("192.0.2.100")
                                .arp_request()
                                .bytes();
    expect_frame("gratuitous ARP", out, wanted);
    out.assign(answer_room, std::byte{});
    out.resize(make_announcement(address("2001:db8::100"), ours, 0, out));
    expect_frame("unsolicited advertisement", out,
                 advertisement({{0x33, 0x33, 0, 0, 0, 1}}, "ff02::1", 0x20000000));
    out.assign(answer_room, std::byte{});
    out.resize(make_announcement(address("192.0.2.100"), ours, 120, out));
    EXPECT_EQ(parsed(out).vlan, 120);
    EXPECT_EQ(static_cast<int>(parsed(out).kind), static_cast<int>(packet_kind::arp));
    bytes_of_frame small(41);
    EXPECT_EQ(make_announcement(address("192.0.2.100"), ours, 0, small), 0U);
}

} // namespace
} // namespace weir::test
