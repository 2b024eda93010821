// ICMP errors about tunnel packets: which are believed, and what clients hear of them.

#include "net/tunnel.h"
#include "rig.h"

namespace weir::test {
namespace {

TEST(tunnel_errors, too_big_for_the_tunnel) {
    rig r;
    r.service(
        {.listen = "192.0.2.100:80/tcp", .mode = forward_mode::tun, .servers = {"198.51.100.11"}});
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request().syn()).out(lan, &sent);
    r.expect("with DF")
        .in(wan, request().ack().df().payload(1460))
        .out(wan, &sent)
        .dropped(drop_reason::too_big);
    EXPECT_EQ(ip_in(sent).icmp_type(), 3);
    EXPECT_EQ(ip_in(sent).icmp_code(), 4);
    EXPECT_EQ(ip_in(sent).icmp_mtu(), 1480u);
    bytes_of_frame second;
    r.expect("without DF").in(wan, request().ack().payload(1460)).out(lan, &sent).out(lan, &second);
    EXPECT_EQ(ip_in(sent).offset, 0u);
    EXPECT_TRUE(ip_in(sent).more);
    EXPECT_FALSE(ip_in(second).more);
}

TEST(tunnel_errors, a_tunnels_path_mtu_is_learned) {
    rig r;
    const auto servers = r.service(
        {.listen = "192.0.2.100:80/tcp", .mode = forward_mode::tun, .servers = {"198.51.100.11"}});
    bytes_of_frame tunnelled;
    r.expect("SYN").in(wan, request().syn()).out(lan, &tunnelled);
    r.expect("a router in the tunnel's path")
        .in(lan,
            from_host(lan, "198.51.100.3").to("198.51.100.1").icmp(3, 4, 1300).about(tunnelled))
        .dropped(drop_reason::tunnel_error);
    EXPECT_EQ(r.state().servers->target(servers[0]).path_mtu, 1300u);
    bytes_of_frame sent;
    r.expect("now 1280 is the most")
        .in(wan, request().ack().df().payload(1300))
        .out(wan, &sent)
        .dropped(drop_reason::too_big);
    EXPECT_EQ(ip_in(sent).icmp_mtu(), 1280u);
}

/// A tunnel to a server, with one connection in it, and errors about its packets.
class tunnel : public testing::TestWithParam<encapsulation> {
protected:
    tunnel() {
        servers = r.service({.listen = "192.0.2.100:80/tcp",
                             .mode = forward_mode::tun,
                             .encap = GetParam(),
                             .servers = {"198.51.100.11"}});
        r.service({.listen = "[2001:db8::100]:80/tcp",
                   .mode = forward_mode::tun,
                   .encap = GetParam(),
                   .servers = {"2001:db8:1::11"}});
        r.expect("SYN").in(wan, request().syn()).out(lan, &tunnelled);
        r.expect("SYN").in(wan, request6().syn()).out(lan, &tunnelled6);
    }
    static packet request6() {
        return from_host(wan, "2001:db8::7").to("2001:db8::100").tcp(40001, 80);
    }
    packet router() { return from_host(lan, "198.51.100.3").to("198.51.100.1"); }
    packet router6() { return from_host(lan, "2001:db8:1::3").to("2001:db8:1::1"); }
    std::uint16_t path_mtu() const { return r.state().servers->target(servers[0]).path_mtu; }

    rig r;
    std::vector<target_id> servers;
    bytes_of_frame tunnelled, tunnelled6, sent;
};

TEST_P(tunnel, only_an_error_about_a_live_flow_is_believed) {
    const std::size_t outer = tunnel_overhead(GetParam(), false);
    r.expect("a quote of the outer header and eight bytes")
        .in(lan, router().icmp(3, 4, 600).about(tunnelled, 20 + 8))
        .dropped(drop_reason::icmp_unmatched);
    r.expect("a quote of zeros")
        .in(lan,
            [&] {
                bytes_of_frame zeros = tunnelled;
                std::fill(zeros.begin() + 14 + 20, zeros.end(), std::byte{});
                return router().icmp(3, 4, 600).about(zeros);
            }())
        .dropped(drop_reason::icmp_unmatched);
    bytes_of_frame other;
    r.expect("another client's SYN").in(wan, request(40002).syn()).out(lan, &other);
    put16(other, 14 + outer + 20, 40003); // the port of a client that there is not
    r.expect("about a flow that is not")
        .in(lan, router().icmp(3, 4, 600).about(other))
        .dropped(drop_reason::icmp_unmatched);
    EXPECT_EQ(path_mtu(), 0u);
    EXPECT_EQ(r.sent()[wan].size(), 0u);
    r.expect("about the flow that is")
        .in(lan, router().icmp(3, 4, 1300).about(tunnelled, outer + 20 + 8))
        .dropped(drop_reason::tunnel_error);
    EXPECT_EQ(path_mtu(), 1300u);
}

TEST_P(tunnel, no_path_is_narrower_than_the_operator_says) {
    const auto teach = [&](std::uint16_t mtu) {
        r.expect("IPv4")
            .in(lan, router().icmp(3, 4, mtu).about(tunnelled))
            .dropped(drop_reason::tunnel_error);
        return path_mtu();
    };
    EXPECT_EQ(teach(551), 0u);
    EXPECT_EQ(teach(552), 552u);
    r.state().min_path_mtu = 1400;
    EXPECT_EQ(teach(1399), 552u);
    EXPECT_EQ(teach(1400), 1400u);
    r.state().min_path_mtu = 300;
    EXPECT_EQ(teach(300), 300u);
}

TEST_P(tunnel, the_client_hears_that_its_packet_is_lost) {
    for (const auto& [type, code] : {std::pair{3, 0}, {3, 1}, {3, 2}, {11, 0}}) {
        r.expect("IPv4")
            .in(lan, router()
                         .icmp(static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code))
                         .about(tunnelled))
            .out(wan, &sent)
            .dropped(drop_reason::tunnel_error);
        const packet wanted = packet()
                                  .mac(port_mac(wan), mac_of("192.0.2.7"))
                                  .from("192.0.2.2")
                                  .to("192.0.2.7")
                                  .tos(0xc0)
                                  .df()
                                  .icmp(3, 1)
                                  .about(request().ttl(63).syn().bytes());
        EXPECT_EQ(sent, wanted.bytes()) << describe(sent);
    }
    for (const auto& [type, code] : {std::pair{1, 0}, {1, 3}, {3, 0}, {4, 1}}) {
        r.expect("IPv6")
            .in(lan, router6()
                         .icmp(static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code))
                         .about(tunnelled6))
            .out(wan, &sent)
            .dropped(drop_reason::tunnel_error);
        const packet wanted = packet()
                                  .mac(port_mac(wan), mac_of("2001:db8::7"))
                                  .from("2001:db8::2")
                                  .to("2001:db8::7")
                                  .icmp(1, 3)
                                  .about(request6().ttl(63).syn().bytes());
        EXPECT_EQ(sent, wanted.bytes()) << describe(sent);
    }
    r.expect("what concerns weir alone")
        .in(lan, router().icmp(12, 0).about(tunnelled))
        .dropped(drop_reason::tunnel_error);
    std::size_t answers = 0;
    for (unsigned i = 0; i < 500; ++i) {
        r.feed(lan, 0, router().icmp(3, 1).about(tunnelled).bytes());
        if (i % 64 == 63) r.turn();
    }
    r.turn();
    answers = r.sent()[wan].size();
    r.sent()[wan].clear();
    EXPECT_LE(answers, answer_limits[static_cast<std::size_t>(answer_kind::error)].to_one);
    EXPECT_TRUE(r.books_balance()) << r.books();
}

INSTANTIATE_TEST_SUITE_P(icmp, tunnel, testing::Values(encapsulation::ipip, encapsulation::gre));

} // namespace
} // namespace weir::test
