// ICMP errors follow the flow they are about; packets that are too big are answered or cut.

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

TEST(fragments, follow_their_first_in_any_order) {
    rig r;
    r.service(
        {.listen = "192.0.2.100:53/udp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    const auto whole =
        from_host(wan, "192.0.2.7").to("192.0.2.100").udp(5000, 53).payload(3000).bytes();
    const auto pieces = fragments_of(whole, 1500, 77);
    ASSERT_EQ(pieces.size(), 3u);
    bytes_of_frame a, b, c;
    r.expect("in order")
        .in(wan, pieces[0])
        .in(wan, pieces[1])
        .in(wan, pieces[2])
        .out(lan, &a)
        .out(lan, &b)
        .out(lan, &c);
    const auto others = fragments_of(whole, 1500, 78);
    r.expect("the first one last")
        .in(wan, others[1])
        .in(wan, others[2])
        .in(wan, others[0])
        .out(lan, &a)
        .out(lan, &b)
        .out(lan, &c);
    for (const auto& piece : {a, b, c})
        EXPECT_EQ(ip_in(piece).destination, address_of("198.51.100.11"));
}

TEST(fragments, without_a_first_are_dropped_in_the_end) {
    rig r;
    r.service(
        {.listen = "192.0.2.100:53/udp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    const auto pieces = fragments_of(
        from_host(wan, "192.0.2.7").to("192.0.2.100").udp(5000, 53).payload(3000).bytes(), 1500,
        79);
    r.feed(wan, 0, pieces[1]);
    r.turn();
    EXPECT_EQ(r.drops(drop_reason::fragment_orphan), 0u);
    r.pass_time(5);
    for (int i = 0; i < 200; ++i)
        r.turn();
    EXPECT_EQ(r.drops(drop_reason::fragment_orphan), 1u);
    EXPECT_TRUE(r.books_balance());
}

} // namespace
} // namespace weir::test
