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
