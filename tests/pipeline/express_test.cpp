// The express lane (worker/express.h) does to a packet what the long way does: the same packets go
// through two directors, of which one reaches its servers by tagged frames, which are never
// express.

#include "rig.h"

namespace weir::test {
namespace {

constexpr std::uint16_t tag = 7;

struct scene {
    const char* name;
    forward_mode mode;
    std::string vip, client, server;
    const char* proto;
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
};

std::string listener(const scene& s) {
    const std::string host = s.vip.find(':') == std::string::npos ? s.vip : "[" + s.vip + "]";
    return host + ":80/" + s.proto;
}

/// A director with the scene's service, and what it makes of packets.
class director {
public:
    director(const scene& s, std::uint16_t vlan) : scene_(s), rig_({.lan_vlan = vlan}) {
        rig_.service({.listen = listener(s), .mode = s.mode, .servers = {s.server}});
    }
    /// What leaves through `to` when this comes in through `from`, without link header.
    bytes_of_frame pass(port_id from, port_id to, const bytes_of_frame& frame) {
        bytes_of_frame sent;
        rig_.expect(scene_.name).in(from, frame).out(to, &sent);
        return {sent.begin() + static_cast<std::ptrdiff_t>(network_offset(sent)), sent.end()};
    }
    /// Nothing leaves.
    void keeps(const bytes_of_frame& frame, drop_reason reason) {
        bytes_of_frame told;
        rig_.expect(scene_.name).in(wan, frame).out(wan, &told).dropped(reason);
    }

private:
    const scene& scene_;
    rig rig_;
};

class express : public testing::TestWithParam<scene> {
protected:
    packet request() const {
        packet p;
        p.mac(mac_of(GetParam().client), port_mac(wan)).from(GetParam().client).to(GetParam().vip);
        return is_tcp() ? p.tcp(40001, 80) : p.udp(40001, 80);
    }
    bool is_tcp() const { return std::string_view(GetParam().proto) == "tcp"; }
    void both(const bytes_of_frame& frame) {
        EXPECT_EQ(quick.pass(wan, lan, frame), slow.pass(wan, lan, frame));
    }

    director quick{GetParam(), 0};
    director slow{GetParam(), tag};
};

TEST_P(express, does_what_the_long_way_does) {
    both((is_tcp() ? request().syn() : request()).bytes());
    for (const std::size_t size : {0u, 1u, 6u, 100u, 1000u, 1300u}) {
        packet p = request();
        if (is_tcp()) p.ack();
        both(p.payload(size).bytes());
        both(packet(p).pad(1400).bytes());
        both(p.ttl(2).bytes());
    }
    packet last = request();
    if (is_tcp()) last.ack();
    quick.keeps(last.ttl(1).bytes(), drop_reason::ttl_expired);
    slow.keeps(last.ttl(1).bytes(), drop_reason::ttl_expired);
}

std::string name_of(const testing::TestParamInfo<scene>& of) {
    std::string name = of.param.name;
    std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
    return name;
}
INSTANTIATE_TEST_SUITE_P(scenes, express, testing::ValuesIn(scenes), name_of);

/// The way back comes in tagged there, and leaves untagged in both.
TEST(express_answers, are_what_the_long_way_makes_of_them) {
    const scene& s = scenes[2];
    director quick(s, 0);
    director slow(s, tag);
    const packet syn =
        packet().mac(mac_of(s.client), port_mac(wan)).from(s.client).to(s.vip).tcp(40001, 80).syn();
    for (director* d : {&quick, &slow})
        d->pass(wan, lan, syn.bytes());
    const auto answer = [&](std::uint8_t flags, std::size_t size) {
        return packet()
            .mac(mac_of("198.51.100.11"), port_mac(lan))
            .from("198.51.100.11")
            .to(s.client)
            .tcp(8080, 40001)
            .flags(flags)
            .payload(size);
    };
    for (const auto& [flags, size] : {std::pair{tcp_header::syn | tcp_header::ack, 0},
                                      {tcp_header::ack, 1000},
                                      {tcp_header::fin | tcp_header::ack, 5}}) {
        packet p = answer(static_cast<std::uint8_t>(flags), static_cast<std::size_t>(size));
        const bytes_of_frame plain = p.bytes();
        EXPECT_EQ(quick.pass(lan, wan, plain), slow.pass(lan, wan, p.vlan(tag).bytes()));
    }
}

} // namespace
} // namespace weir::test
