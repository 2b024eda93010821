// Watching changes nothing: packets go where they go, the books balance (the rig looks after that),
// and what is shown is what happened.

#include "watching.h"

namespace weir::test {
namespace {

using watch::choice;
using watch::outcome;
using watch::sighting;

TEST(watch, a_connection_from_its_first_packet_on) {
    rig r;
    const auto servers = r.service(web);
    watching eye(r, of_client("192.0.2.7"));
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request().syn()).out(lan, &sent);
    sighting s = eye.next();
    EXPECT_EQ(s.end, outcome::sent);
    EXPECT_EQ(s.why, choice::scheduler);
    EXPECT_EQ(s.target, servers[0]);
    EXPECT_EQ(s.server, address_of("198.51.100.11"));
    EXPECT_EQ(s.server_port.host(), 80);
    EXPECT_FALSE(s.before.known);
    EXPECT_EQ(s.after.state, flow_state::syn_recv);
    EXPECT_EQ(s.port, wan);
    EXPECT_EQ(s.out_port, lan);
    EXPECT_STREQ(s.service.data(), "192.0.2.100:80/tcp");
    EXPECT_EQ(watch::key_of(eye.record().in).destination, address_of("192.0.2.100"));
    EXPECT_EQ(watch::key_of(eye.record().out).destination, address_of("198.51.100.11"));

    r.expect("a silent server: SYN again").in(wan, request().syn()).out(lan, &sent);
    s = eye.next();
    EXPECT_EQ(s.why, choice::known);
    EXPECT_EQ(s.before.state, flow_state::syn_recv);

    r.expect("its answer")
        .in(lan, from_host(lan, "198.51.100.11").to("192.0.2.7").tcp(80, 40001).syn().ack())
        .out(wan, &sent);
    s = eye.next();
    EXPECT_EQ(s.why, choice::known);
    EXPECT_TRUE(s.before.reverse);
    EXPECT_EQ(s.server, address_of("198.51.100.11"));
    EXPECT_TRUE(eye.nothing());
}

TEST(watch, only_who_is_asked_for) {
    rig r;
    r.service(web);
    watching other(r, of_client("192.0.2.8"));
    watch::order by_vip;
    by_vip.what.vip = watch::parse_party("192.0.2.100:80");
    watching vip(r, by_vip);
    watch::order by_server;
    by_server.what.server = watch::parse_party("198.51.100.11");
    watching server(r, by_server);
    watch::order by_port;
    by_port.what.port = lan;
    watching port(r, by_port);
    EXPECT_EQ(r.plane().add_watch({}), nullptr) << "as many as may";
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request().syn()).out(lan, &sent);
    r.expect("its answer")
        .in(lan, from_host(lan, "198.51.100.11").to("192.0.2.7").tcp(80, 40001).syn().ack())
        .out(wan, &sent);
    EXPECT_TRUE(other.nothing());
    for (watching* both : {&vip, &server}) {
        EXPECT_EQ(both->next().port, wan);
        EXPECT_EQ(both->next().port, lan);
    }
    EXPECT_EQ(port.next().port, lan);
    EXPECT_TRUE(port.nothing());
}

TEST(watch, wrong_vlan_and_other_drops) {
    rig r;
    r.service(web);
    watching eye(r, of_client("192.0.2.7"));
    watch::order drops;
    drops.what.only_dropped = true;
    watching dropped(r, drops);
    drops.what.reason = drop_reason::no_service;
    watching no_service(r, drops);
    r.expect("a VLAN of nobody").in(wan, request().vlan(30).syn()).dropped(drop_reason::wrong_vlan);
    sighting s = eye.next();
    EXPECT_EQ(s.end, outcome::dropped);
    EXPECT_EQ(s.reason, drop_reason::wrong_vlan);
    EXPECT_EQ(s.view.vlan, 30);
    EXPECT_EQ(s.port, max_ports);
    EXPECT_EQ(dropped.next().reason, drop_reason::wrong_vlan);

    bytes_of_frame sent;
    r.expect("no service, and a reset")
        .in(wan, from_host(wan, "192.0.2.7").to("192.0.2.100").tcp(40001, 81).syn())
        .out(wan, &sent)
        .dropped(drop_reason::no_service);
    s = eye.next();
    EXPECT_EQ(s.reason, drop_reason::no_service);
    EXPECT_TRUE(s.answered);
    EXPECT_EQ(dropped.next().reason, drop_reason::no_service);
    EXPECT_EQ(no_service.next().reason, drop_reason::no_service);
    EXPECT_TRUE(no_service.nothing());
}

TEST(watch, a_next_hop_that_is_not_known) {
    rig r;
    r.service(web);
    r.forget_neighbour(lan, "198.51.100.11");
    watching eye(r, of_client("192.0.2.7"));
    r.expect("SYN").in(wan, request().syn()).waits_for(lan, "198.51.100.11");
    const sighting s = eye.next();
    EXPECT_EQ(s.end, outcome::held);
    EXPECT_EQ(s.next_hop, address_of("198.51.100.11"));
    EXPECT_EQ(s.out_port, lan);
    EXPECT_EQ(s.why, choice::scheduler);
}

TEST(watch, a_full_table) {
    rig r({.connections = 64});
    r.service(web);
    bytes_of_frame sent;
    for (std::uint16_t port = 1000; port < 1300; ++port)
        r.expect("SYN").in(wan, request(port).syn()).out(lan, &sent);
    watching eye(r, of_client("192.0.2.7"));
    r.expect("SYN").in(wan, request(2000).syn()).out(lan, &sent);
    sighting s = eye.next();
    EXPECT_TRUE(s.table_full);
    EXPECT_EQ(s.why, choice::slot);
    EXPECT_EQ(s.server, address_of("198.51.100.11"));
    r.expect("data").in(wan, request(2000).ack()).out(lan, &sent);
    EXPECT_EQ(eye.next().why, choice::slot);
}

TEST(watch, servers_that_take_nothing) {
    rig r;
    const auto servers = r.service(web);
    watching eye(r, of_client("192.0.2.7"));
    const auto refused = [&](const char* why, std::uint16_t port) {
        bytes_of_frame sent;
        r.expect(why)
            .in(wan, request(port).syn())
            .out(wan, &sent)
            .dropped(drop_reason::no_destination);
        const sighting s = eye.next();
        EXPECT_EQ(s.reason, drop_reason::no_destination) << why;
        EXPECT_EQ(s.target, 0u) << why;
        EXPECT_STREQ(s.service.data(), "192.0.2.100:80/tcp");
    };
    r.plane().set_condition(servers[0], {.fit = health::fitness::bad});
    r.turn();
    refused("down or held down", 1);
    r.plane().set_condition(servers[0], {.fit = health::fitness::good});
    r.turn();
    bytes_of_frame sent;
    r.state().servers->set_limits(servers[0], 1, 1);
    r.expect("the one that is allowed").in(wan, request(2).syn()).out(lan, &sent);
    EXPECT_EQ(eye.next().end, outcome::sent);
    r.expect("its answer")
        .in(lan, from_host(lan, "198.51.100.11").to("192.0.2.7").tcp(80, 2).syn().ack())
        .out(wan, &sent);
    r.expect("established").in(wan, request(2).ack()).out(lan, &sent);
    eye.next();
    eye.next();
    refused("threshold", 3);
}

TEST(watch, persistence) {
    rig r;
    service_settings s = web;
    s.persistence = 60;
    r.service(s);
    watching eye(r, of_client("192.0.2.7"));
    bytes_of_frame sent;
    r.expect("first").in(wan, request(1).syn()).out(lan, &sent);
    const sighting first = eye.next();
    EXPECT_EQ(first.why, choice::scheduler);
    EXPECT_TRUE(first.new_template);
    r.expect("second").in(wan, request(2).syn()).out(lan, &sent);
    EXPECT_EQ(eye.next().why, choice::persistent);
}

TEST(watch, a_link_that_is_down) {
    rig r;
    r.service(web);
    watching eye(r, of_client("192.0.2.7"));
    r.set_link(lan, false);
    r.expect("SYN").in(wan, request().syn()).dropped(drop_reason::port_down);
    EXPECT_EQ(eye.next().end, outcome::sent);
    const sighting s = eye.next();
    EXPECT_EQ(s.when, watch::moment::lost);
    EXPECT_EQ(s.reason, drop_reason::port_down);
}

TEST(watch, no_more_than_the_rate) {
    rig r;
    r.service(web);
    watch::order few = of_client("192.0.2.7");
    few.rate = 3;
    watching eye(r, few);
    for (std::uint16_t port = 1; port <= 40; ++port)
        r.feed(wan, 0, request(port).syn().bytes());
    r.turn();
    r.sent()[lan].clear();
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(eye.next().end, outcome::sent);
    EXPECT_TRUE(eye.nothing());
    EXPECT_EQ(eye.whole().over_rate(), 37u);
    EXPECT_TRUE(r.books_balance()) << r.books();
}

TEST(watch, a_full_ring_loses_records_and_no_packets) {
    rig r;
    r.service(web);
    watching eye(r, of_client("192.0.2.7"));
    bytes_of_frame sent;
    for (std::uint16_t port = 1; port <= 400; ++port)
        r.expect("SYN").in(wan, request(port).syn()).out(lan, &sent);
    EXPECT_GT(eye.whole().lost(), 0u);
}

TEST(watch, several_workers_and_few_queues) {
    rig r({.workers = 2, .queues = 1});
    r.service(web);
    watching eye(r, of_client("192.0.2.7"));
    bytes_of_frame sent;
    bool passed = false;
    for (std::uint16_t port = 1; port <= 8; ++port) {
        r.expect("SYN").in(wan, request(port).syn()).out(lan, &sent);
        if (eye.next(0).end != outcome::passed) continue;
        passed = true;
        const sighting s = eye.next(1);
        EXPECT_FALSE(s.from_wire);
        EXPECT_EQ(s.end, outcome::sent);
    }
    EXPECT_TRUE(passed);
}

} // namespace
} // namespace weir::test
