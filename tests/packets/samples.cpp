#include "packets/samples.h"

namespace weir::test {

namespace {

packet v4() {
    return packet().from("198.51.100.7").to("192.0.2.100");
}
packet v6() {
    return packet().from("2001:db8:7::7").to("2001:db8::100");
}
/// Quoted in errors: a packet from a server behind the VIP.
packet reply_v4() {
    return packet().from("192.0.2.100").to("198.51.100.7");
}
packet reply_v6() {
    return packet().from("2001:db8::100").to("2001:db8:7::7");
}

} // namespace

std::vector<sample> samples() {
    using kind = packet_kind;
    const auto tcp4 = reply_v4().tcp(80, 40001).ack().payload(100).bytes();
    const auto udp4 = reply_v4().udp(53, 40001).payload(100).bytes();
    const auto tcp6 = reply_v6().tcp(80, 40001).ack().payload(100).bytes();
    const auto udp6 = reply_v6().udp(53, 40001).payload(100).bytes();
    const auto sctp4 = reply_v4().sctp(36412, 40001).chunk(0, 100).bytes();
    const auto sctp6 = reply_v6().sctp(36412, 40001).chunk(0, 100).bytes();
    const std::vector<std::uint8_t> mss{2, 4, 5, 180, 1, 3, 3, 7};
    return {
        {"TCP SYN", v4().tcp(40001, 80).syn().tcp_options(mss).bytes(), kind::flow},
        {"TCP data", v4().tcp(40001, 80).ack().psh().payload(301).bytes(), kind::flow},
        {"TCP, padded", v4().tcp(40001, 80).ack().pad(60).bytes(), kind::flow},
        {"TCP, tagged", v4().vlan(120).tcp(40001, 80).syn().bytes(), kind::flow},
        {"TCP, IPv4 options", v4().options({1, 148, 4, 0, 0}).tcp(40001, 80).syn().bytes(),
         kind::flow},
        {"UDP", v4().udp(40001, 53).payload(33).bytes(), kind::flow},
        {"UDP without checksum", v4().udp(40001, 53).no_checksum().payload(33).bytes(), kind::flow},
        {"UDP, empty", v4().udp(40001, 53).bytes(), kind::flow},
        {"SCTP INIT", v4().sctp(40001, 36412).init().bytes(), kind::flow},
        {"SCTP data", v4().sctp(40001, 36412).chunk(3, 12).chunk(0, 301).bytes(), kind::flow},
        {"SCTP, a cookie and an ABORT behind it",
         v4().options({1, 148, 4, 0, 0}).sctp(40001, 36412).chunk(10, 33).chunk(6).bytes(),
         kind::flow},
        {"first fragment of SCTP",
         fragments_of(v4().sctp(40001, 36412).chunk(0, 100).bytes(), 68, 9)[0], kind::flow},
        {"later fragment of SCTP",
         fragments_of(v4().sctp(40001, 36412).chunk(0, 100).bytes(), 68, 9)[1], kind::fragment},
        {"first fragment", v4().id(7).fragment(0, true).udp(40001, 53).payload(40).bytes(),
         kind::flow},
        {"later fragment", v4().id(7).fragment(48, false).udp(40001, 53).payload(33).bytes(),
         kind::fragment},
        {"ping", v4().echo(1, 2).payload(56).bytes(), kind::echo},
        {"pong", v4().echo_reply(1, 2).payload(56).bytes(), kind::other},
        {"unreachable about TCP", v4().icmp(3, 1).about(tcp4).bytes(), kind::icmp_error},
        {"time exceeded about UDP", v4().icmp(11, 0).about(udp4).bytes(), kind::icmp_error},
        {"too big, least quote", v4().icmp(3, 4, 1400).about(tcp4, 28).bytes(), kind::icmp_error},
        {"unreachable about SCTP", v4().icmp(3, 2).about(sctp4).bytes(), kind::icmp_error},
        {"too big about SCTP, with its checksum", v4().icmp(3, 4, 1400).about(sctp4, 32).bytes(),
         kind::icmp_error},
        {"too big about SCTP, least quote", v4().icmp(3, 4, 1400).about(sctp4, 28).bytes(),
         kind::icmp_error},
        {"unreachable about a tunnel",
         v4().icmp(3, 4, 1400).about(reply_v4().carry(tcp4).bytes()).bytes(), kind::icmp_error},
        {"unreachable about a ping", v4().icmp(3, 1).about(reply_v4().echo(1, 1).bytes()).bytes(),
         kind::other},
        {"too big about a tunnel of GRE, least quote",
         v4().icmp(3, 4, 1400)
             .about(reply_v4().carry(tcp4, encapsulation::gre).bytes(), 28)
             .bytes(),
         kind::icmp_error},
        {"IP in IP", v4().carry(tcp4).bytes(), kind::tunnelled},
        {"GRE", v4().carry(tcp4, encapsulation::gre).bytes(), kind::other},
        {"VRRP, to its group",
         packet().from("192.0.2.7").to("224.0.0.18").proto(112).payload(20).bytes(), kind::vrrp},
        {"multicast", packet().from("192.0.2.7").to("224.0.0.5").proto(89).payload(20).bytes(),
         kind::other},
        {"ARP request", packet().from("192.0.2.7").to("192.0.2.100").arp_request().bytes(),
         kind::arp},
        {"ARP reply", packet().from("192.0.2.7").to("192.0.2.100").arp_reply().pad(60).bytes(),
         kind::arp},
        {"TCP SYN, IPv6", v6().tcp(40001, 80).syn().tcp_options(mss).bytes(), kind::flow},
        {"TCP data, IPv6, tagged", v6().vlan(9).tcp(40001, 80).ack().payload(301).bytes(),
         kind::flow},
        {"UDP, IPv6", v6().udp(40001, 53).payload(33).bytes(), kind::flow},
        {"SCTP INIT, IPv6", v6().sctp(40001, 36412).init().bytes(), kind::flow},
        {"SCTP behind extension headers",
         v6().extension(0).extension(60, {1, 4, 0, 0, 0, 0}).sctp(40001, 36412).chunk(7, 4).bytes(),
         kind::flow},
        {"later fragment of SCTP, IPv6",
         fragments_of(v6().sctp(40001, 36412).chunk(0, 100).bytes(), 88, 9)[1], kind::fragment},
        {"too big about SCTP, IPv6", v6().icmp(2, 0, 1280).about(sctp6).bytes(), kind::icmp_error},
        {"UDP behind extension headers",
         v6().extension(0).extension(60, {1, 4, 0, 0, 0, 0}).udp(40001, 53).payload(9).bytes(),
         kind::flow},
        {"first fragment, IPv6", v6().id(7).fragment(0, true).udp(40001, 53).payload(40).bytes(),
         kind::flow},
        {"later fragment, IPv6", v6().id(7).fragment(48, false).udp(40001, 53).payload(33).bytes(),
         kind::fragment},
        {"ping, IPv6", v6().echo(1, 2).payload(56).bytes(), kind::echo},
        {"unreachable about TCP, IPv6", v6().icmp(1, 0).about(tcp6).bytes(), kind::icmp_error},
        {"too big about UDP, IPv6", v6().icmp(2, 0, 1280).about(udp6).bytes(), kind::icmp_error},
        {"too big, quote behind an extension header",
         v6().icmp(2, 0, 1280)
             .about(reply_v6().extension(60).tcp(80, 40001).ack().payload(50).bytes())
             .bytes(),
         kind::icmp_error},
        {"unreachable about a tunnel, IPv6",
         v6().icmp(1, 0).about(reply_v6().carry(tcp4).bytes()).bytes(), kind::icmp_error},
        {"too big about a tunnel of GRE, IPv6",
         v6().icmp(2, 0, 1400).about(reply_v6().carry(tcp6, encapsulation::gre).bytes()).bytes(),
         kind::icmp_error},
        {"IPv4 in IPv6", v6().carry(tcp4).bytes(), kind::tunnelled},
        {"IPv6 in IPv4", v4().carry(tcp6).bytes(), kind::tunnelled},
        {"solicitation", packet().from("2001:db8::7").solicit("2001:db8::100").bytes(),
         kind::solicitation},
        {"duplicate address detection",
         packet().from("::").solicit("2001:db8::100").no_link_option().bytes(), kind::solicitation},
        {"no next header, IPv6", v6().proto(59).bytes(), kind::other},
    };
}

} // namespace weir::test
