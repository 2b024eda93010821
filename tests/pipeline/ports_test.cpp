// Services of many ports, and those that remember nothing.

#include <set>

#include "rig.h"

namespace weir::test {
namespace {

packet from_client(std::string_view to = "192.0.2.100") {
    const bool v6 = to.find(':') != std::string_view::npos;
    return packet()
        .mac(mac_of("192.0.2.7"), port_mac(wan))
        .from(v6 ? "2001:db8::7" : "192.0.2.7")
        .to(to);
}
unsigned server_of(rig& r, const packet& p) {
    bytes_of_frame sent;
    r.expect("goes to a server").in(wan, p).out(lan, &sent);
    return host_of(sent);
}

TEST(ports, exact_comes_before_range_and_range_before_all) {
    rig r;
    r.service({.listen = "192.0.2.100:0/tcp", .servers = {"198.51.100.11"}, .persistence = 300});
    r.service({.listen = "192.0.2.100:8000-8100/tcp", .servers = {"198.51.100.12"}});
    r.service({.listen = "192.0.2.100:9000-9001/tcp", .servers = {"198.51.100.14"}});
    r.service({.listen = "192.0.2.100:8000-8100/udp", .servers = {"198.51.100.15"}});
    r.service({.listen = "192.0.2.100:8080/tcp", .servers = {"198.51.100.13"}});
    const auto at = [&](std::uint16_t port) {
        return server_of(r, from_client().tcp(1, port).syn());
    };
    for (const std::uint16_t port :
         std::initializer_list<std::uint16_t>{1, 7999, 8101, 8999, 9002, 65535})
        EXPECT_EQ(at(port), 11u) << port;
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{8000, 8079, 8081, 8100})
        EXPECT_EQ(at(port), 12u) << port;
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{9000, 9001})
        EXPECT_EQ(at(port), 14u) << port;
    EXPECT_EQ(at(8080), 13u);
    EXPECT_EQ(server_of(r, from_client().udp(1, 8050)), 15u);
    bytes_of_frame sent;
    r.expect("UDP outside")
        .in(wan, from_client().udp(1, 80))
        .out(wan, &sent)
        .dropped(drop_reason::no_service);
}

TEST(ports, of_a_range_reach_the_server_as_they_are) {
    rig r;
    r.service({.listen = "[2001:db8::100]:8000-8100/tcp",
               .mode = forward_mode::nat,
               .servers = {"2001:db8:1::11"}});
    bytes_of_frame sent;
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{8000, 8077}) {
        r.expect("SYN").in(wan, from_client("2001:db8::100").tcp(5, port).syn()).out(lan, &sent);
        EXPECT_EQ(ip_in(sent).destination_port(), port);
        r.expect("its answer")
            .in(lan, from_host(lan, "2001:db8:1::11").to("2001:db8::7").tcp(port, 5).syn().ack())
            .out(wan, sent_on(packet(), wan, "2001:db8::7")
                          .from("2001:db8::100")
                          .to("2001:db8::7")
                          .tcp(port, 5)
                          .syn()
                          .ack());
    }
}

TEST(one_packet, schedules_each_packet_and_keeps_nothing) {
    rig r;
    const auto servers = r.service({.listen = "192.0.2.100:53/udp",
                                    .servers = {"198.51.100.11", "198.51.100.12"},
                                    .one_packet = true});
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(server_of(r, from_client().udp(5353, 53)), i % 2 == 0 ? 11u : 12u);
    EXPECT_EQ(r.state().flows->size(), 0u);
    for (const target_id id : servers) {
        EXPECT_EQ(r.state().servers->totals(id).connections, 5u);
        EXPECT_EQ(r.state().servers->totals(id).in_packets, 5u);
        EXPECT_EQ(r.state().servers->load(id).inactive, 0u);
    }
}

TEST(one_packet, answers_come_back_from_the_vip) {
    for (const bool v6 : {false, true}) {
        rig r;
        const std::string vip = v6 ? "2001:db8::100" : "192.0.2.100";
        const std::string client = v6 ? "2001:db8::7" : "192.0.2.7";
        const std::string server = v6 ? "2001:db8:1::11" : "198.51.100.11";
        const auto servers = r.service({.listen = to_string(*parse_address(vip), 53) + "/udp",
                                        .mode = forward_mode::nat,
                                        .servers = {to_string(*parse_address(server), 5300)},
                                        .one_packet = true});
        const auto answer = [&](std::uint16_t port) {
            return from_host(lan, server).to(client).udp(port, 5353).payload(30);
        };
        bytes_of_frame sent;
        r.expect("question").in(wan, from_client(vip).udp(5353, 53)).out(lan, &sent);
        EXPECT_EQ(ip_in(sent).destination_port(), 5300);
        r.expect("answer")
            .in(lan, answer(5300))
            .out(wan,
                 sent_on(packet(), wan, client).from(vip).to(client).udp(53, 5353).payload(30));
        EXPECT_EQ(r.state().servers->totals(servers[0]).out_packets, 1u);
        r.expect("from another port it is not ours").in(lan, answer(5301)).to_twin(lan);
    }
}

TEST(one_packet, of_others_is_not_translated) {
    rig r;
    r.service({.listen = "192.0.2.100:53/udp",
               .mode = forward_mode::nat,
               .servers = {"198.51.100.12"},
               .one_packet = true});
    r.service(
        {.listen = "192.0.2.101:53/udp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    r.expect("a server of a service that remembers")
        .in(lan, from_host(lan, "198.51.100.11").to("192.0.2.7").udp(53, 5353))
        .to_twin(lan);
}

TEST(one_packet, fragments_stay_together) {
    rig r;
    r.service({.listen = "192.0.2.100:53/udp",
               .servers = {"198.51.100.11", "198.51.100.12"},
               .one_packet = true});
    std::set<unsigned> seen;
    for (const auto& piece :
         fragments_of(from_client().udp(1, 53).payload(3000).bytes(), 1500, 9)) {
        bytes_of_frame sent;
        r.expect("a fragment").in(wan, piece).out(lan, &sent);
        seen.insert(host_of(sent));
    }
    EXPECT_EQ(seen.size(), 1u);
}

TEST(one_packet, with_persistence_keeps_to_a_server) {
    rig r;
    const auto servers = r.service({.listen = "192.0.2.100:53/udp",
                                    .servers = {"198.51.100.11", "198.51.100.12"},
                                    .persistence = 30,
                                    .one_packet = true});
    for (std::uint16_t port = 1; port < 10; ++port)
        EXPECT_EQ(server_of(r, from_client().udp(port, 53)), 11u);
    EXPECT_EQ(r.state().flows->size(), 1u) << "the template";
    for (int i = 0; i < 70; ++i) {
        r.pass_time(1);
        r.turn();
    }
    EXPECT_EQ(r.state().flows->size(), 0u) << "nobody holds it";
    EXPECT_EQ(r.state().servers->templates(servers[0]), 0u);
}

} // namespace
} // namespace weir::test
