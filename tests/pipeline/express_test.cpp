// The express lane (worker/express.h) does to a packet what the long way does: the same packets go
// through two directors, of which one reaches its servers by tagged frames, which are never
// express.

#include <cctype>

#include "rig.h"

namespace weir::test {
namespace {

constexpr std::uint16_t tag = 7;

struct scene {
    const char* name;
    forward_mode mode;
    std::string vip, client, server;
    const char* proto;
    encapsulation encap = encapsulation::ipip;
};
const scene scenes[] = {
    {"DR, IPv4", forward_mode::dr, "192.0.2.100", "192.0.2.7", "198.51.100.11", "tcp"},
    {"DR, IPv6", forward_mode::dr, "2001:db8::100", "2001:db8::7", "2001:db8:1::11", "tcp"},
    {"NAT, IPv4", forward_mode::nat, "192.0.2.100", "192.0.2.7", "198.51.100.11:8080", "tcp"},
    {"NAT, IPv6", forward_mode::nat, "2001:db8::100", "2001:db8::7", "[2001:db8:1::11]:80", "tcp"},
    {"NAT, UDP", forward_mode::nat, "192.0.2.100", "192.0.2.7", "198.51.100.11:53", "udp"},
    {"TUN, IPv4 in IPv4", forward_mode::tun, "192.0.2.100", "192.0.2.7", "198.51.100.11", "tcp"},
    {"TUN, IPv4 in IPv6", forward_mode::tun, "192.0.2.100", "192.0.2.7", "2001:db8:1::11", "tcp"},
    {"TUN, IPv6 in IPv4", forward_mode::tun, "2001:db8::100", "2001:db8::7", "198.51.100.11",
     "tcp"},
    {"TUN, IPv6 in IPv6", forward_mode::tun, "2001:db8::100", "2001:db8::7", "2001:db8:1::11",
     "udp"},
    {"GRE, IPv4 in IPv4", forward_mode::tun, "192.0.2.100", "192.0.2.7", "198.51.100.11", "udp",
     encapsulation::gre},
    {"GRE, IPv4 in IPv6", forward_mode::tun, "192.0.2.100", "192.0.2.7", "2001:db8:1::11", "tcp",
     encapsulation::gre},
    {"GRE, IPv6 in IPv4", forward_mode::tun, "2001:db8::100", "2001:db8::7", "198.51.100.11", "tcp",
     encapsulation::gre},
    {"GRE, IPv6 in IPv6", forward_mode::tun, "2001:db8::100", "2001:db8::7", "2001:db8:1::11",
     "tcp", encapsulation::gre},
};

std::string listener(const scene& s) {
    const std::string host = s.vip.find(':') == std::string::npos ? s.vip : "[" + s.vip + "]";
    return host + ":80/" + s.proto;
}

/// A director with the scene's service, and what it makes of packets.
class director {
public:
    director(const scene& s, std::uint16_t vlan) : rig_({.lan_vlan = vlan}) {
        server_ = rig_.service(
            {.listen = listener(s), .mode = s.mode, .encap = s.encap, .servers = {s.server}})[0];
    }
    struct frame {
        port_id port;
        mac_address to;
        mac_address from;
        std::uint16_t type;    ///< the last EtherType
        bytes_of_frame packet; ///< from the IP header on
        friend bool operator==(const frame&, const frame&) = default;
    };
    /// Everything that leaves when this comes in, errors to the sender too.
    std::vector<frame> makes_of(port_id from, const bytes_of_frame& in) {
        rig_.feed(from, 0, in);
        rig_.turn();
        EXPECT_TRUE(rig_.books_balance()) << rig_.books();
        std::vector<frame> out;
        for (const port_id port : {wan, lan})
            for (; !rig_.sent()[port].empty(); rig_.sent()[port].pop_front()) {
                const bytes_of_frame& sent = rig_.sent()[port].front();
                const auto ip = static_cast<std::ptrdiff_t>(network_offset(sent));
                out.push_back({port,
                               destination_mac_in(sent),
                               source_mac_in(sent),
                               ether_type_in(sent),
                               {sent.begin() + ip, sent.end()}});
            }
        return out;
    }
    server_totals totals() const { return rig_.state().servers->totals(server_); }
    void learns_mtu(std::uint16_t mtu) { rig_.state().servers->target(server_).path_mtu = mtu; }
    void has_headroom(std::size_t bytes) { rig_.set_headroom(static_cast<std::uint16_t>(bytes)); }
    std::uint64_t oversized() const { return rig_.drops(drop_reason::oversized); }
    std::uint64_t long_way() const { return rig_.long_way(); }
    void pass_time(std::uint32_t seconds) { rig_.pass_time(seconds); }
    std::size_t flows() const { return rig_.state().flows->size(); }

private:
    mutable rig rig_;
    target_id server_ = 0;
};

class express : public testing::TestWithParam<scene> {
protected:
    void SetUp() override {
        if (!is_tcp()) {
            both(wan, request());
            return is_nat() ? both(lan, answer()) : both(wan, request());
        }
        both(wan, request().syn());
        if (is_nat()) both(lan, answer().syn().ack());
        both(wan, request().ack());
        if (!is_nat()) both(wan, request().ack());
    }
    packet request() const {
        packet p;
        p.mac(mac_of(GetParam().client), port_mac(wan)).from(GetParam().client).to(GetParam().vip);
        return is_tcp() ? p.tcp(40001, 80) : p.udp(40001, 80);
    }
    packet answer() const {
        const std::string server = GetParam().server;
        const auto [host, port] = server.find('[') == 0
                                      ? std::pair{server.substr(1, server.find(']') - 1), 80}
                                  : is_tcp() ? std::pair{server.substr(0, server.find(':')), 8080}
                                             : std::pair{server.substr(0, server.find(':')), 53};
        packet p;
        p.mac(mac_of(host), port_mac(lan)).from(host).to(GetParam().client);
        const auto from = static_cast<std::uint16_t>(port);
        return is_tcp() ? p.tcp(from, 40001) : p.udp(from, 40001);
    }
    packet data(port_id from) const {
        packet p = from == wan ? request() : answer();
        return is_tcp() ? p.ack() : p;
    }
    bool is_tcp() const { return std::string_view(GetParam().proto) == "tcp"; }
    bool is_nat() const { return GetParam().mode == forward_mode::nat; }
    bool is_v6() const { return GetParam().vip.find(':') != std::string::npos; }
    /// Bytes of the header a tunnel puts in front.
    std::size_t overhead() const {
        if (GetParam().mode != forward_mode::tun) return 0;
        const std::size_t outer = GetParam().server.find(':') != std::string::npos ? 40 : 20;
        return outer + (GetParam().encap == encapsulation::gre ? 4 : 0);
    }
    /// Bytes of the largest IP packet that leaves whole.
    std::size_t room() const { return 1500 - overhead(); }
    std::size_t headers() const { return (is_v6() ? 40u : 20u) + (is_tcp() ? 20u : 8u); }

    void both(port_id from, packet p) {
        const auto by_express = quick.makes_of(from, p.bytes());
        for (const director::frame& frame : by_express) {
            EXPECT_EQ(frame.from, port_mac(frame.port));
            const int version = std::to_integer<int>(frame.packet[0]) >> 4;
            EXPECT_EQ(frame.type, version == 6 ? 0x86dd : 0x0800);
        }
        if (from == lan) p.vlan(tag);
        EXPECT_EQ(by_express, slow.makes_of(from, p.bytes())) << describe(p.bytes());
        EXPECT_EQ(quick.totals(), slow.totals()) << describe(p.bytes());
    }
    std::vector<port_id> sides() const {
        return is_nat() ? std::vector<port_id>{wan, lan} : std::vector<port_id>{wan};
    }

    director quick{GetParam(), 0};
    director slow{GetParam(), tag};
};

TEST_P(express, does_what_the_long_way_does) {
    const std::uint64_t before = quick.long_way();
    const std::uint64_t before_slow = slow.long_way();
    std::uint64_t packets = 0;
    for (const port_id from : sides())
        for (const std::size_t size : {0u, 1u, 6u, 100u, 1000u, 1300u}) {
            both(from, data(from).payload(size));
            both(from, data(from).payload(size).pad(1400));
            both(from, data(from).payload(size).ttl(2).tos(0xb9).df());
            packets += 3;
        }
    EXPECT_EQ(quick.long_way(), before) << "it was not the express lane";
    EXPECT_EQ(slow.long_way(), before_slow + packets) << "it was the express lane";
    EXPECT_GT(quick.totals().in_packets, packets / 2);
}

TEST_P(express, leaves_to_the_long_way_what_does_not_fit_or_has_come_too_far) {
    for (const port_id from : sides()) {
        const std::size_t most = (from == lan ? 1500 : room()) - headers();
        for (const std::size_t size : {most - 1, most, most + 1}) {
            if (size + headers() > 1500) continue;
            both(from, data(from).payload(size));
            both(from, data(from).payload(size).df());
        }
        both(from, data(from).ttl(1));
    }
    if (GetParam().mode != forward_mode::tun) return;
    quick.learns_mtu(1400);
    slow.learns_mtu(1400);
    const std::size_t most = room() - 100 - headers();
    for (const std::size_t size : {most, most + 1})
        both(wan, data(wan).payload(size).df());
}

TEST_P(express, needs_room_in_front_for_an_outer_header_alone) {
    const std::uint64_t before = quick.long_way();
    quick.has_headroom(overhead());
    for (const port_id from : sides())
        both(from, data(from).payload(100));
    EXPECT_EQ(quick.long_way(), before);
    if (overhead() == 0) return;
    const server_totals totals = quick.totals();
    quick.has_headroom(overhead() - 1);
    EXPECT_TRUE(quick.makes_of(wan, data(wan).payload(100).bytes()).empty());
    EXPECT_EQ(quick.long_way(), before + 1);
    EXPECT_EQ(quick.oversized(), 1u);
    EXPECT_EQ(quick.totals(), totals);
    quick.has_headroom(overhead());
    both(wan, data(wan).payload(100));
}

TEST_P(express, keeps_flows_alive_as_the_long_way_does) {
    for (int i = 0; i < 5; ++i) {
        quick.pass_time(200);
        slow.pass_time(200);
        both(wan, data(wan));
    }
    EXPECT_EQ(quick.flows(), 1u);
    EXPECT_EQ(slow.flows(), 1u);
}

std::string name_of(const testing::TestParamInfo<scene>& of) {
    std::string name = of.param.name;
    std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
    return name;
}
INSTANTIATE_TEST_SUITE_P(scenes, express, testing::ValuesIn(scenes), name_of);

} // namespace
} // namespace weir::test
