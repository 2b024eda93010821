// ICMP errors follow the flow they are about; packets that are too big are answered or cut.

#include <algorithm>

#include "net/tunnel.h"
#include "rig.h"

namespace weir::test {
namespace {

const mac_address client_mac{{0x02, 0, 0, 0, 0, 7}};

TEST(icmp, nat_error_from_the_server_side_reaches_the_client_translated) {
    rig r;
    const auto servers = r.service({.listen = "192.0.2.100:80/tcp",
                                    .mode = forward_mode::nat,
                                    .servers = {"198.51.100.11:8080"}});
    bytes_of_frame to_server;
    r.expect("SYN").in(wan, request().syn()).out(lan, &to_server);
    bytes_of_frame got;
    r.expect("the server's kernel refuses")
        .in(lan, from_host(lan, "198.51.100.11").to("192.0.2.7").icmp(3, 3).about(to_server))
        .out(wan, &got);
    const bytes_of_frame wanted = sent_on(packet(), wan, "192.0.2.7")
                                      .from("192.0.2.100")
                                      .to("192.0.2.7")
                                      .icmp(3, 3)
                                      .about(request().ttl(63).syn().bytes())
                                      .bytes();
    EXPECT_EQ(got, wanted) << describe(got) << "\n" << describe(wanted);
    const server_totals totals = r.state().servers->totals(servers[0]);
    EXPECT_EQ(totals.out_packets, 1u);
    EXPECT_EQ(totals.out_bytes, got.size() - 14);
}

TEST(icmp, nat_error_from_the_client_side_reaches_the_server_translated) {
    rig r;
    const auto servers = r.service({.listen = "192.0.2.100:80/tcp",
                                    .mode = forward_mode::nat,
                                    .servers = {"198.51.100.11:8080"}});
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request().syn()).out(lan, &sent);
    const packet reply = packet().from("198.51.100.11").to("192.0.2.7").tcp(8080, 40001).ack();
    bytes_of_frame at_client;
    r.expect("data")
        .in(lan, packet(reply).mac(mac_of("198.51.100.11"), port_mac(lan)))
        .out(wan, &at_client);
    bytes_of_frame got;
    r.expect("a router on the way to the client")
        .in(wan, from_host(wan, "192.0.2.1").to("192.0.2.100").icmp(3, 4, 1400).about(at_client))
        .out(lan, &got);
    EXPECT_EQ(got, sent_on(packet(), lan, "198.51.100.11")
                       .from("192.0.2.1")
                       .to("198.51.100.11")
                       .icmp(3, 4, 1400)
                       .about(packet(reply).ttl(63).bytes())
                       .bytes())
        << describe(got);
    const server_totals totals = r.state().servers->totals(servers[0]);
    EXPECT_EQ(totals.in_packets, 2u) << "the SYN and the error";
    EXPECT_EQ(totals.in_bytes, sent.size() + got.size() - 28);
}

TEST(icmp, dr_error_goes_to_the_server_untouched) {
    rig r;
    const auto servers = r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request().syn()).out(lan, &sent);
    const packet error =
        packet()
            .from("192.0.2.1")
            .to("192.0.2.100")
            .icmp(3, 4, 1400)
            .about(packet().from("192.0.2.100").to("192.0.2.7").tcp(80, 40001).bytes());
    r.expect("from a router")
        .in(wan, packet(error).mac(client_mac, port_mac(wan)))
        .out(lan, sent_on(error, lan, "198.51.100.11"));
    r.expect("about another flow")
        .in(wan, from_host(wan, "192.0.2.1")
                     .to("192.0.2.100")
                     .icmp(3, 4, 1400)
                     .about(packet().from("192.0.2.100").to("192.0.2.9").tcp(80, 1).bytes()))
        .dropped(drop_reason::icmp_unmatched);
    EXPECT_EQ(r.state().servers->totals(servers[0]).in_packets, 2u) << "the SYN and the first";
}

TEST(icmp, too_big_for_the_tunnel) {
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

TEST(icmp, a_tunnels_path_mtu_is_learned) {
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

TEST(icmp, too_big_about_an_answer_without_a_flow_reaches_a_server) {
    rig r;
    r.service({.listen = "192.0.2.100:53/udp", .servers = {"198.51.100.11"}, .one_packet = true});
    r.service({.listen = "[2001:db8::100]:53/udp",
               .mode = forward_mode::nat,
               .servers = {"2001:db8:1::11"},
               .one_packet = true});
    r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.12"}});
    const packet error =
        packet()
            .from("192.0.2.1")
            .to("192.0.2.100")
            .icmp(3, 4, 1400)
            .about(packet().from("192.0.2.100").to("192.0.2.7").udp(53, 5000).payload(1400).bytes(),
                   500);
    r.expect("DR")
        .in(wan, packet(error).mac(client_mac, port_mac(wan)))
        .out(lan, sent_on(error, lan, "198.51.100.11"));
    bytes_of_frame got;
    r.expect("NAT, IPv6")
        .in(wan, from_host(wan, "2001:db8::1")
                     .to("2001:db8::100")
                     .icmp(2, 0, 1400)
                     .about(packet()
                                .from("2001:db8::100")
                                .to("2001:db8::7")
                                .udp(53, 5000)
                                .payload(1400)
                                .bytes(),
                            500))
        .out(lan, &got);
    EXPECT_EQ(ip_in(got).destination, address_of("2001:db8:1::11"));
    const auto about = [&](std::uint8_t code, std::uint16_t port) {
        return from_host(wan, "192.0.2.1")
            .to("192.0.2.100")
            .icmp(3, code, 1400)
            .about(packet().from("192.0.2.100").to("192.0.2.7").tcp(port, 5000).ack().bytes());
    };
    r.expect("a service that keeps flows")
        .in(wan, about(4, 80))
        .dropped(drop_reason::icmp_unmatched);
    r.state().table_full_at = r.state().clock.now();
    r.state().placed_without_state = true;
    r.expect("the table has been full").in(wan, about(4, 80)).out(lan, &got);
    EXPECT_EQ(ip_in(got).destination, address_of("192.0.2.100"));
    r.expect("another error").in(wan, about(1, 80)).dropped(drop_reason::icmp_unmatched);
    r.expect("no service").in(wan, about(4, 81)).dropped(drop_reason::icmp_unmatched);
}

TEST(icmp, too_big_for_the_link_ipv6) {
    rig r({.lan_mtu = 1400});
    r.service({.listen = "[2001:db8::100]:80/tcp", .servers = {"2001:db8:1::11"}});
    const packet from = from_host(wan, "2001:db8::7").to("2001:db8::100");
    bytes_of_frame sent;
    r.expect("SYN").in(wan, packet(from).tcp(1, 80).syn()).out(lan, &sent);
    r.expect("too big")
        .in(wan, packet(from).tcp(1, 80).ack().payload(1400))
        .out(wan, &sent)
        .dropped(drop_reason::too_big);
    EXPECT_EQ(ip_in(sent).icmp_type(), 2);
    EXPECT_EQ(ip_in(sent).icmp_mtu(), 1400u);
}

} // namespace
} // namespace weir::test
