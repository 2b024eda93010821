#include "known_frames.h"

#include <cstring>

#include "net/checksum.h"

namespace weir::fuzz {

using namespace test;
using test::packet;

namespace {

void add_family(std::vector<arrival>& all, bool v6) {
    const std::string client = v6 ? "2001:db8::7" : "192.0.2.7";
    const std::string vip = v6 ? "2001:db8::10" : "192.0.2.10"; // and its last digit
    const std::string servers = v6 ? "2001:db8:1::" : "198.51.100.";
    const std::string own = v6 ? "2001:db8:1::1" : "198.51.100.1";
    const auto comes = [&](port_id port, const packet& p) { all.push_back({port, p.bytes()}); };
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{4001, 4002}) {
        const std::string server = servers + (port % 2 != 0 ? "11" : "12");
        const auto ask = [&] { return from_host(wan, client).to(vip + "0").tcp(port, 80); };
        const auto answer = [&] { return from_host(lan, server).to(client).tcp(80, port); };
        comes(wan, ask().syn());
        comes(lan, answer().syn().ack());
        comes(wan, ask().ack());
        comes(wan, ask().ack().payload(50));
        comes(lan, answer().ack().payload(80));
        comes(wan, ask().fin().ack());
        comes(lan, answer().fin().ack());
        comes(wan, ask().rst());
        comes(lan, from_host(lan, server)
                       .to(client)
                       .icmp(v6 ? 1 : 3, v6 ? 4 : 3)
                       .about(answer().ack().bytes()));
        comes(wan,
              from_host(wan, client)
                  .to(vip + "0")
                  .icmp(v6 ? 2 : 3, v6 ? 0 : 4, 1300)
                  .about(
                      packet().from(vip + "0").to(client).tcp(80, port).ack().payload(60).bytes()));
    }
    const packet question = from_host(wan, client).to(vip + "1").udp(5353, 53).payload(30);
    comes(wan, question);
    comes(lan, from_host(lan, servers + "11").to(client).udp(53, 5353).payload(60));
    comes(wan, from_host(wan, client).to(vip + "2").tcp(4001, 80).syn());
    comes(wan, from_host(wan, client).to(vip + "2").tcp(4001, 80).ack().payload(70));
    comes(wan, from_host(wan, client).to(vip + "3").sctp(4001, 36412).init());
    comes(lan, from_host(lan, servers + "11").to(client).sctp(36412, 4001).chunk(2, 16));
    comes(wan, from_host(wan, client).to(vip + "3").sctp(4001, 36412).chunk(10, 8));
    comes(wan, from_host(wan, client).to(vip + "0").echo(7, 1).payload(40));
    comes(wan, from_host(wan, client).to(vip + "0").proto(47).payload(40));
    comes(wan, from_host(wan, vip + "0").to(vip + "0").tcp(4003, 80).syn());
    comes(wan, from_host(wan, client).to(vip + "2").tcp(4001, 80).ack().payload(1440).df());
    const bytes_of_frame inner =
        packet().from(client).to(vip + "2").tcp(4001, 80).ack().payload(70).bytes();
    for (const auto how : {encapsulation::ipip, encapsulation::gre}) {
        const bytes_of_frame outer =
            packet().from(own).to(servers + "11").carry(inner, how).bytes();
        comes(
            lan,
            from_host(lan, servers + "9").to(own).icmp(v6 ? 2 : 3, v6 ? 0 : 4, 1400).about(outer));
        comes(lan, from_host(lan, servers + "9").to(own).icmp(v6 ? 1 : 3, v6 ? 0 : 1).about(outer));
    }
    for (const std::string& to : {vip + "0", vip + "1", vip + "2"}) {
        const bool tcp = to != vip + "1";
        packet whole = from_host(wan, client).to(to);
        tcp ? whole.tcp(4001, 80).ack() : whole.udp(5353, 53);
        for (const bytes_of_frame& piece : fragments_of(whole.payload(200).bytes(), 1300 / 8, 77))
            all.push_back({wan, piece});
    }
    const bytes_of_frame ping =
        from_host(wan, client).to(vip + "0").echo(7, 2).payload(200).bytes();
    for (const bytes_of_frame& piece : fragments_of(ping, 1300 / 8, 78))
        all.push_back({wan, piece});
}

/// Where the checksum of a whole packet's transport stands, counted from its header; 0: nowhere.
std::size_t checksum_place(std::uint8_t proto, bool v6) {
    return proto == 6 ? 16 : proto == 17 ? 6 : proto == (v6 ? 58 : 1) ? 2 : 0;
}

} // namespace

const std::vector<arrival>& known_frames() {
    static const auto frames = [] {
        std::vector<arrival> all;
        add_family(all, false);
        add_family(all, true);
        all.push_back({wan, from_host(wan, "192.0.2.7").to("192.0.2.100").arp_request().bytes()});
        all.push_back({wan, from_host(wan, "192.0.2.100").to("192.0.2.100").arp_reply().bytes()});
        all.push_back({wan, from_host(wan, "2001:db8::7").solicit("2001:db8::100").bytes()});
        return all;
    }();
    return frames;
}

void mend(bytes_of_frame& frame) {
    const std::size_t l3 = sizeof(ether_header);
    if (frame.size() < l3 + sizeof(ipv6_header)) return;
    const bool v6 = (frame[l3] >> 4) == std::byte{6};
    const auto put = [&](std::size_t at, be16 value) { std::memcpy(&frame[at], &value, 2); };
    const auto octet = [&](std::size_t at) { return std::to_integer<std::uint8_t>(frame[at]); };
    const std::span<const std::byte> all{frame};
    if (!v6) {
        if (frame[l3] != std::byte{0x45}) return;
        put(l3 + 10, {0});
        put(l3 + 10, checksum_finish(checksum_add(all.subspan(l3, sizeof(ipv4_header)))));
        if ((octet(l3 + 6) & 0x3f) != 0 || octet(l3 + 7) != 0) return;
    }
    const std::size_t l4 = l3 + (v6 ? sizeof(ipv6_header) : sizeof(ipv4_header));
    const auto field =
        static_cast<std::size_t>(octet(l3 + (v6 ? 4 : 2)) << 8 | octet(l3 + (v6 ? 5 : 3)));
    const std::size_t size = v6 ? field : field - sizeof(ipv4_header);
    const std::uint8_t proto = octet(l3 + (v6 ? 6 : 9));
    const std::size_t at = checksum_place(proto, v6);
    if (at == 0 || size > frame.size() - l4 || size < at + 2) return;
    put(l4 + at, {0});
    checksum_sum sum = 0;
    if (v6)
        sum = pseudo_header_sum(ip_address::v6(reinterpret_cast<std::uint8_t*>(&frame[l3 + 8])),
                                ip_address::v6(reinterpret_cast<std::uint8_t*>(&frame[l3 + 24])),
                                static_cast<protocol>(proto), static_cast<std::uint32_t>(size));
    else if (proto != 1) {
        std::array<be32, 2> ends;
        std::memcpy(ends.data(), &frame[l3 + 12], sizeof ends);
        sum = pseudo_header_sum(ip_address::v4(ends[0]), ip_address::v4(ends[1]),
                                static_cast<protocol>(proto), static_cast<std::uint32_t>(size));
    }
    be16 right = checksum_finish(checksum_add(all.subspan(l4, size), sum));
    if (proto == 17 && right.raw == 0) right = {0xffff};
    put(l4 + at, right);
}

} // namespace weir::fuzz
