// GRE tunnels (RFC 2784, RFC 7676), packet by packet. forwarding_test.cpp and
// narrow_tunnel_test.cpp have what all tunnels do, express_test.cpp both lanes.

#include "rig.h"

namespace weir::test {
namespace {

struct end {
    const char* name;
    std::string vip, client, server, own, router;
};
const end v4{"IPv4", "192.0.2.100", "192.0.2.7", "198.51.100.11", "198.51.100.1", "198.51.100.3"};
const end v6{"IPv6",           "2001:db8::100", "2001:db8::7",
             "2001:db8:1::11", "2001:db8:1::1", "2001:db8:1::3"};

bool is_v6(const end& e) {
    return &e == &v6;
}

service_settings service_between(const end& inner, const end& outer) {
    const std::string host = is_v6(inner) ? "[" + inner.vip + "]" : inner.vip;
    return {.listen = host + ":80/tcp",
            .mode = forward_mode::tun,
            .encap = encapsulation::gre,
            .servers = {outer.server}};
}

packet request(const end& inner) {
    return from_host(wan, inner.client).to(inner.vip).tcp(40001, 80);
}

/// The tunnel packet that a request becomes, without IPv4 identification.
packet tunnelled(const packet& inner, const end& outer) {
    return packet()
        .mac(port_mac(lan), mac_of(outer.server))
        .from(outer.own)
        .to(outer.server)
        .ttl(63)
        .carry(packet(inner).ttl(63).bytes(), encapsulation::gre);
}

TEST(gre, carries_either_family_in_either) {
    for (const end* inner : {&v4, &v6})
        for (const end* outer : {&v4, &v6}) {
            SCOPED_TRACE(std::string(inner->name) + " in " + outer->name);
            rig r;
            r.service(service_between(*inner, *outer));
            const packet syn = request(*inner).df().syn().payload(64);
            packet expected = tunnelled(syn, *outer);
            if (!is_v6(*outer)) expected.df(); // the inner packet's, or IPv6's
            r.expect("SYN").in(wan, syn).out(lan, expected);
            const packet data = request(*inner).df().ack().payload(1300);
            packet whole = tunnelled(data, *outer);
            if (!is_v6(*outer)) whole.df();
            r.expect("data").in(wan, data).out(lan, whole);
        }
}

TEST(gre, without_df_tunnel_packets_are_numbered) {
    rig r;
    r.service(service_between(v4, v4));
    const packet syn = request(v4).syn();
    std::uint32_t last = 0;
    for (int i = 0; i < 2; ++i) {
        bytes_of_frame sent;
        r.expect("SYN").in(wan, syn).out(lan, &sent);
        const std::uint32_t id = ip_in(sent).id;
        EXPECT_NE(std::exchange(last, id), id);
        EXPECT_EQ(sent, tunnelled(syn, v4).id(id).bytes()) << describe(sent);
    }
}

TEST(gre, what_may_be_cut_is_cut_outside_in_ipv4_and_inside_in_ipv6) {
    const packet large = request(v4).syn().payload(1460);
    rig r4;
    r4.service(service_between(v4, v4));
    bytes_of_frame first, second;
    r4.expect("the outer packet").in(wan, large).out(lan, &first).out(lan, &second);
    const std::uint32_t id = ip_in(first).id;
    const auto pieces = fragments_of(tunnelled(large, v4).id(id).bytes(), 1500, id);
    ASSERT_EQ(pieces.size(), 2u);
    EXPECT_EQ(first, pieces[0]) << describe(first);
    EXPECT_EQ(second, pieces[1]) << describe(second);

    rig r6;
    r6.service(service_between(v4, v6));
    constexpr std::size_t room = 1500 - 40 - 4;
    const auto inner = fragments_of(packet(large).ttl(63).id(9).bytes(), room, 9);
    ASSERT_EQ(inner.size(), 2u);
    const auto outer_of = [](const bytes_of_frame& piece) {
        return packet()
            .mac(port_mac(lan), mac_of(v6.server))
            .from(v6.own)
            .to(v6.server)
            .ttl(63)
            .carry(piece, encapsulation::gre);
    };
    r6.expect("the inner packet")
        .in(wan, packet(large).id(9))
        .out(lan, outer_of(inner[0]))
        .out(lan, outer_of(inner[1]));
}

TEST(gre, a_sender_learns_what_fits) {
    for (const end* inner : {&v4, &v6})
        for (const end* outer : {&v4, &v6}) {
            SCOPED_TRACE(std::string(inner->name) + " in " + outer->name);
            rig r;
            r.service(service_between(*inner, *outer));
            const std::size_t room = 1500 - (is_v6(*outer) ? 44 : 24);
            const std::size_t headers = is_v6(*inner) ? 60 : 40;
            bytes_of_frame sent;
            r.expect("SYN").in(wan, request(*inner).df().syn()).out(lan, &sent);
            const packet most = request(*inner).df().ack().payload(room - headers);
            packet whole = tunnelled(most, *outer);
            if (!is_v6(*outer)) whole.df();
            r.expect("fits").in(wan, most).out(lan, whole);
            r.expect("a byte more")
                .in(wan, request(*inner).df().ack().payload(room - headers + 1))
                .out(wan, &sent)
                .dropped(drop_reason::too_big);
            EXPECT_EQ(ip_in(sent).icmp_mtu(), room);
        }
}

TEST(gre, ipv6_of_1280_bytes_passes_a_narrow_link_in_pieces) {
    constexpr std::size_t mtu = 1290;
    for (const end* outer : {&v4, &v6}) {
        rig r({.lan_mtu = mtu});
        r.service(service_between(v6, *outer));
        bytes_of_frame first, second;
        r.expect("SYN").in(wan, request(v6).syn()).out(lan, &first);
        const packet large = request(v6).ack().payload(1280 - 60);
        r.expect("two pieces").in(wan, large).out(lan, &first).out(lan, &second);
        const std::uint32_t id = ip_in(first).id;
        packet whole = tunnelled(large, *outer);
        if (!is_v6(*outer)) whole.id(id);
        const auto pieces = fragments_of(whole.bytes(), mtu, id);
        ASSERT_EQ(pieces.size(), 2u);
        EXPECT_EQ(first, pieces[0]) << describe(first) << "\n" << describe(pieces[0]);
        EXPECT_EQ(second, pieces[1]) << describe(second) << "\n" << describe(pieces[1]);
    }
}

/// A router in the tunnel's path says that 1400 bytes are the most.
packet too_big(const end& outer, const bytes_of_frame& about) {
    packet error = from_host(lan, outer.router).to(outer.own);
    return (is_v6(outer) ? error.icmp(2, 0, 1400) : error.icmp(3, 4, 1400)).about(about, 200);
}

TEST(gre, an_error_about_a_tunnel_packet_teaches_the_path) {
    for (const end* outer : {&v4, &v6}) {
        rig r;
        const auto servers = r.service(service_between(v4, *outer));
        bytes_of_frame sent;
        r.expect("SYN").in(wan, request(v4).df().syn()).out(lan, &sent);
        r.expect("too big").in(lan, too_big(*outer, sent)).dropped(drop_reason::tunnel_error);
        EXPECT_EQ(r.state().servers->target(servers[0]).path_mtu, 1400u);
        r.expect("the next that does not fit")
            .in(wan, request(v4).df().ack().payload(1400 - 24))
            .out(wan, &sent)
            .dropped(drop_reason::too_big);
        EXPECT_EQ(ip_in(sent).icmp_mtu(), 1400u - (is_v6(*outer) ? 44 : 24));
    }
}

TEST(gre, errors_about_others_tunnels_are_for_linux) {
    rig r;
    service_settings plain = service_between(v4, v4);
    plain.encap = encapsulation::ipip;
    const auto servers = r.service(plain);
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request(v4).df().syn()).out(lan, &sent);
    const auto about = tunnelled(request(v4).df().syn(), v4).df().bytes();
    r.expect("too big").in(lan, too_big(v4, about)).to_twin(lan);
    EXPECT_EQ(r.state().servers->target(servers[0]).path_mtu, 0u);
}

} // namespace
} // namespace weir::test
