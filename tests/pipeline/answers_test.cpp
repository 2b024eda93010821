// What weir answers itself, what goes to Linux, what is refused.

#include "rig.h"

namespace weir::test {
namespace {

const mac_address client_mac{{0x02, 0, 0, 0, 0, 7}};
const mac_address everyone = mac_address::broadcast();

class answers : public testing::Test {
protected:
    answers() {
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
        r.service({.listen = "[2001:db8::100]:80/tcp", .servers = {"2001:db8:1::11"}});
    }
    packet from_client() { return packet().mac(client_mac, port_mac(wan)).from("192.0.2.7"); }
    packet from_client6() { return packet().mac(client_mac, port_mac(wan)).from("2001:db8::7"); }

    rig r;
    bytes_of_frame sent;
};

TEST_F(answers, arp_for_vips_only) {
    r.expect("the VIP")
        .in(wan,
            packet().mac(client_mac, everyone).from("192.0.2.7").to("192.0.2.100").arp_request())
        .out(wan, &sent);
    EXPECT_EQ(arp_in(sent).operation, 2u);
    EXPECT_EQ(arp_in(sent).sender, address_of("192.0.2.100"));
    EXPECT_EQ(arp_in(sent).sender_mac, port_mac(wan));
    EXPECT_EQ(destination_mac_in(sent), client_mac);
    r.expect("the twin's own address")
        .in(wan, packet().mac(client_mac, everyone).from("192.0.2.7").to("192.0.2.2").arp_request())
        .to_twin(wan);
    r.expect("a reply")
        .in(wan,
            packet().mac(client_mac, port_mac(wan)).from("192.0.2.7").to("192.0.2.2").arp_reply())
        .to_twin(wan);
}

TEST_F(answers, neighbour_solicitation_for_vips_only) {
    r.expect("the VIP").in(wan, from_client6().solicit("2001:db8::100")).out(wan, &sent);
    EXPECT_EQ(ip_in(sent).icmp_type(), 136);
    r.expect("the twin").in(wan, from_client6().solicit("2001:db8::2")).to_twin(wan);
}

TEST_F(answers, ping) {
    r.expect("the VIP")
        .in(wan, from_client().to("192.0.2.100").echo(1, 2).payload(56))
        .out(wan, &sent);
    EXPECT_EQ(ip_in(sent).icmp_type(), 0);
    r.expect("the VIP, IPv6")
        .in(wan, from_client6().to("2001:db8::100").echo(1, 2))
        .out(wan, &sent);
    EXPECT_EQ(ip_in(sent).icmp_type(), 129);
    r.expect("the twin").in(wan, from_client().to("192.0.2.2").echo(1, 2)).to_twin(wan);
}

TEST_F(answers, a_vip_refuses_what_no_service_wants) {
    r.expect("TCP")
        .in(wan, from_client().to("192.0.2.100").tcp(40000, 81).syn())
        .out(wan, &sent)
        .dropped(drop_reason::no_service);
    EXPECT_EQ(ip_in(sent).tcp_flags(), tcp_header::rst | tcp_header::ack);
    r.expect("UDP")
        .in(wan, from_client().to("192.0.2.100").udp(40000, 81).payload(10))
        .out(wan, &sent)
        .dropped(drop_reason::no_service);
    EXPECT_EQ(ip_in(sent).icmp_type(), 3);
    EXPECT_EQ(ip_in(sent).icmp_code(), 3);
    r.expect("a reset is not answered")
        .in(wan, from_client().to("192.0.2.100").tcp(40000, 81).rst())
        .dropped(drop_reason::no_service);
}

TEST_F(answers, a_stray_segment_is_reset) {
    r.expect("IPv4")
        .in(wan, from_client().to("192.0.2.100").tcp(40000, 80).ack())
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
    r.expect("IPv6")
        .in(wan, from_client6().to("2001:db8::100").tcp(40000, 80).ack())
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
}

TEST_F(answers, no_server_left) {
    for (target_id id = 1; id < 3; ++id)
        r.state().servers->load(id).weight = 0;
    r.expect("IPv4")
        .in(wan, from_client().to("192.0.2.100").tcp(40000, 80).syn())
        .out(wan, &sent)
        .dropped(drop_reason::no_destination);
    EXPECT_EQ(ip_in(sent).icmp_type(), 3);
    EXPECT_EQ(ip_in(sent).source, address_of("192.0.2.100")) << "from the VIP";
    r.expect("IPv6")
        .in(wan, from_client6().to("2001:db8::100").tcp(40000, 80).syn())
        .out(wan, &sent)
        .dropped(drop_reason::no_destination);
    EXPECT_EQ(ip_in(sent).icmp_type(), 1);
    EXPECT_EQ(ip_in(sent).icmp_code(), 4);
}

TEST_F(answers, ttl_used_up) {
    r.expect("IPv4")
        .in(wan, from_client().to("192.0.2.100").ttl(1).tcp(40000, 80).syn())
        .out(wan, &sent)
        .dropped(drop_reason::ttl_expired);
    EXPECT_EQ(ip_in(sent).icmp_type(), 11);
    EXPECT_EQ(ip_in(sent).source, address_of("192.0.2.2"));
    r.expect("IPv6")
        .in(wan, from_client6().to("2001:db8::100").ttl(1).tcp(40000, 80).syn())
        .out(wan, &sent)
        .dropped(drop_reason::ttl_expired);
    EXPECT_EQ(ip_in(sent).icmp_type(), 3);
}

TEST_F(answers, linux_gets_the_rest) {
    r.expect("ssh to the twin")
        .in(wan, from_client().to("192.0.2.2").tcp(40000, 22).syn())
        .to_twin(wan);
    r.expect("another protocol")
        .in(wan, from_client().to("192.0.2.2").proto(112).payload(20))
        .to_twin(wan);
    r.expect("a routed packet").in(wan, from_client().to("198.51.100.200").udp(1, 2)).to_twin(wan);
}

TEST_F(answers, broken_packets_end_here) {
    struct broken {
        const char* what;
        bytes_of_frame frame;
        drop_reason reason;
    };
    const auto good = from_client().to("192.0.2.100").tcp(40000, 80).syn().bytes();
    std::vector<broken> cases;
    const auto change = [&](const char* what, std::size_t at, std::uint8_t value,
                            drop_reason reason, bool mend = true) {
        bytes_of_frame frame = good;
        put8(frame, at, value);
        if (mend) mend_ip_checksum(frame);
        cases.push_back({what, frame, reason});
    };
    change("wrong header checksum", 24, 0x55, drop_reason::bad_checksum, false);
    change("total length too large", 16, 0x7f, drop_reason::bad_length);
    change("version 5", 14, 0x55, drop_reason::bad_version);
    cases.push_back({"cut in the TCP header", bytes_of_frame(good.begin(), good.begin() + 40),
                     drop_reason::bad_length});
    cases.push_back({"cut in the IP header", bytes_of_frame(good.begin(), good.begin() + 20),
                     drop_reason::truncated});
    cases.push_back({"from loopback",
                     packet()
                         .mac(client_mac, port_mac(wan))
                         .from("127.0.0.1")
                         .to("192.0.2.100")
                         .tcp(1, 80)
                         .syn()
                         .bytes(),
                     drop_reason::martian});
    cases.push_back({"from a group",
                     packet()
                         .mac(client_mac, port_mac(wan))
                         .from("ff02::1")
                         .to("2001:db8::100")
                         .tcp(1, 80)
                         .syn()
                         .bytes(),
                     drop_reason::martian});
    cases.push_back({"land",
                     packet()
                         .mac(client_mac, port_mac(wan))
                         .from("192.0.2.100")
                         .to("192.0.2.100")
                         .tcp(80, 80)
                         .syn()
                         .bytes(),
                     drop_reason::land});
    cases.push_back({"loose source route",
                     from_client().to("192.0.2.100").options({0x83, 3, 4}).tcp(1, 80).syn().bytes(),
                     drop_reason::source_route});
    cases.push_back({"not for us",
                     packet()
                         .mac(client_mac, client_mac)
                         .from("192.0.2.7")
                         .to("192.0.2.100")
                         .tcp(1, 80)
                         .syn()
                         .bytes(),
                     drop_reason::not_for_us});
    for (const broken& b : cases)
        r.expect(b.what).in(wan, b.frame).dropped(b.reason);
    r.expect("harmless options pass")
        .in(wan, from_client().to("192.0.2.100").options({1, 1, 1, 1}).tcp(1, 80).syn())
        .out(lan, &sent);
}

TEST_F(answers, garbage_never_unbalances_the_books) {
    std::uint64_t random = 42;
    const auto next = [&] { return random = random * 6364136223846793005u + 1442695040888963407u; };
    const bytes_of_frame seeds[] = {
        from_client().to("192.0.2.100").tcp(40000, 80).syn().payload(40).bytes(),
        from_client6().to("2001:db8::100").udp(40000, 80).payload(40).bytes(),
        from_client()
            .to("192.0.2.100")
            .icmp(3, 4, 1400)
            .about(packet().from("192.0.2.100").to("192.0.2.7").tcp(80, 40000).bytes())
            .bytes(),
        from_client6().solicit("2001:db8::100").bytes(),
        packet()
            .mac(client_mac, everyone)
            .from("192.0.2.7")
            .to("192.0.2.100")
            .arp_request()
            .bytes()};
    for (int i = 0; i < 50000; ++i) {
        bytes_of_frame frame = seeds[(next() >> 40) % 5];
        for (std::uint64_t flips = next() >> 60; flips > 0; --flips)
            put8(frame, 12 + (next() >> 33) % (frame.size() - 12),
                 static_cast<std::uint8_t>(next() >> 50));
        if ((next() >> 61) == 0) frame.resize(14 + (next() >> 33) % (frame.size() - 14));
        r.feed(wan, 0, frame);
        if (i % 32 == 31) {
            r.turn();
            r.sent()[wan].clear();
            r.sent()[lan].clear();
            r.errands().clear();
        }
    }
    r.pass_time(5); // fragments that still wait are given up
    for (int i = 0; i < 200; ++i)
        r.turn();
    EXPECT_TRUE(r.books_balance()) << r.books();
}

} // namespace
} // namespace weir::test
