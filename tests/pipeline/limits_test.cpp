// Full tables, full queues, links that are down: counted, and as little harm as possible.

#include <algorithm>
#include <map>
#include <set>

#include "rig.h"

namespace weir::test {
namespace {

TEST(limits, a_full_table_places_clients_without_state_and_stays_with_it) {
    rig r({.connections = 64});
    r.service({.listen = "192.0.2.100:80/tcp",
               .mode = forward_mode::nat,
               .servers = {"198.51.100.11", "198.51.100.12", "198.51.100.13"}});
    bytes_of_frame sent;
    std::map<std::uint16_t, ip_address> chosen;
    for (std::uint16_t port = 1000; port < 1500; ++port) {
        r.expect("SYN").in(wan, request(port).syn()).out(lan, &sent);
        chosen[port] = ip_in(sent).destination;
    }
    EXPECT_GT(r.state().books[0].table_full.get(), 200u);
    std::set<ip_address> servers;
    for (const auto& [port, server] : chosen) {
        servers.insert(server);
        r.expect("data goes to the same server").in(wan, request(port).ack()).out(lan, &sent);
        EXPECT_EQ(ip_in(sent).destination, server);
        r.expect("and its answers come back from the VIP")
            .in(lan, from_host(lan, to_string(server)).to("192.0.2.7").tcp(80, port).ack())
            .out(wan, &sent);
        EXPECT_EQ(ip_in(sent).source, address_of("192.0.2.100"));
    }
    EXPECT_EQ(servers.size(), 3u);
}

TEST(limits, what_a_full_table_placed_lives_as_long_as_its_service_says) {
    rig r({.connections = 64});
    r.service({.listen = "192.0.2.100:80/tcp",
               .mode = forward_mode::nat,
               .servers = {"198.51.100.11"},
               .established = 3000});
    bytes_of_frame sent;
    const std::uint16_t last = 1200;
    for (std::uint16_t port = 1000; port <= last; ++port)
        r.expect("SYN").in(wan, request(port).syn()).out(lan, &sent);
    ASSERT_GT(r.state().books[0].table_full.get(), 0u);
    const packet answer = from_host(lan, "198.51.100.11").to("192.0.2.7").tcp(80, last).ack();
    r.pass_time(2000); // longer than the default
    r.expect("data").in(wan, request(last).ack()).out(lan, &sent);
    r.expect("its answer").in(lan, answer).out(wan, &sent);
    EXPECT_EQ(ip_in(sent).source, address_of("192.0.2.100"));
    r.pass_time(2000);
    r.expect("data, too late")
        .in(wan, request(last).ack())
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
    r.expect("the server's own").in(lan, answer).to_twin(lan);
}

TEST(limits, a_full_table_places_nobody_at_a_server_that_is_down) {
    rig r({.connections = 64});
    const auto servers = r.service({.listen = "192.0.2.100:80/tcp",
                                    .mode = forward_mode::nat,
                                    .servers = {"198.51.100.11", "198.51.100.12"}});
    r.plane().set_condition(servers[0], {.fit = health::fitness::bad});
    r.turn();
    bytes_of_frame sent;
    for (std::uint16_t port = 1000; port < 1500; ++port) {
        r.expect("SYN").in(wan, request(port).syn()).out(lan, &sent);
        ASSERT_EQ(ip_in(sent).destination, address_of("198.51.100.12"));
    }
    EXPECT_GT(r.state().books[0].table_full.get(), 200u);
    r.expect("an answer to a check of our own is Linux's")
        .in(lan, from_host(lan, "198.51.100.11").to("198.51.100.1").tcp(80, 40000).ack())
        .to_twin(lan);
}

/// A turn opens as many connections as it takes packets, twenty seconds long.
TEST(limits, timers_keep_pace_with_a_flood) {
    rig r({.connections = 20'000});
    config::service service =
        service_of({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
    service.timeout[flow_state::syn_recv] = 2;
    r.reload({service});
    std::uint32_t latest = 0;
    std::uint16_t port = 0;
    for (unsigned second = 0; second < 20; ++second) {
        for (unsigned burst = 1; burst <= 100; ++burst) {
            for (unsigned i = 0; i < 32; ++i)
                r.feed(wan, 0, request(++port).syn().bytes());
            r.poll_without_collecting();
            if (burst % 10 != 0) continue;
            r.turn();
            r.sent()[lan].clear();
        }
        r.pass_time(1);
        latest = std::max(latest, r.state().times[0].timers_behind.load());
    }
    EXPECT_EQ(r.state().books[0].table_full.get(), 0u);
    EXPECT_LT(r.state().flows->size(), 15'000u);
    EXPECT_LE(latest, 2u);
    EXPECT_TRUE(r.books_balance()) << r.books();
}

TEST(limits, thresholds_close_a_server_to_new_connections) {
    rig r;
    const auto servers =
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11", "198.51.100.12"}});
    r.state().servers->set_limits(servers[0], 2, 1);
    bytes_of_frame sent;
    for (std::uint16_t port = 1; port <= 10; ++port)
        r.expect("SYN").in(wan, request(port).syn()).out(lan, &sent);
    EXPECT_EQ(r.state().servers->totals(servers[0]).connections, 2u);
    EXPECT_EQ(r.state().servers->totals(servers[1]).connections, 8u);
}

TEST(limits, a_full_transmit_queue) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
    for (int round = 0; round < 2; ++round) { // 800 packets in, room for 511
        for (std::uint16_t i = 0; i < 400; ++i)
            r.feed(wan, 0, request(1).syn().bytes());
        for (int i = 0; i < 20; ++i)
            r.poll_without_collecting();
    }
    EXPECT_GT(r.drops(drop_reason::tx_full), 200u);
    r.turn();
    r.sent()[lan].clear();
    EXPECT_TRUE(r.books_balance()) << r.books();
}

TEST(limits, a_link_that_is_down) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
    r.set_link(lan, false);
    r.expect("SYN").in(wan, request(1).syn()).dropped(drop_reason::port_down);
    r.set_link(lan, true);
    bytes_of_frame sent;
    r.expect("SYN again").in(wan, request(1).syn()).out(lan, &sent);
}

TEST(limits, no_route_and_no_twin) {
    rig r({.twins = false});
    r.service({.listen = "192.0.2.100:80/tcp", .servers = {"10.9.9.9"}});
    r.expect("no route").in(wan, request(1).syn()).dropped(drop_reason::no_route);
    r.expect("no twin")
        .in(wan, from_host(wan, "192.0.2.7").to("192.0.2.2").tcp(1, 22))
        .dropped(drop_reason::no_twin);
}

} // namespace
} // namespace weir::test
