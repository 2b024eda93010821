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

TEST(limits, a_service_fills_no_more_than_its_share_of_the_table) {
    for (const bool v6 : {false, true}) {
        rig r({.connections = 200});
        config::service greedy =
            service_of({.listen = v6 ? "[2001:db8::100]:80/tcp" : "192.0.2.100:80/tcp",
                        .mode = forward_mode::nat,
                        .servers = {v6 ? "2001:db8:1::11" : "198.51.100.11",
                                    v6 ? "2001:db8:1::12" : "198.51.100.12"}});
        greedy.share = 50;
        const config::service other =
            service_of({.listen = "192.0.2.101:80/tcp", .servers = {"198.51.100.13"}});
        r.reload({greedy, other});
        const auto of_client = [&](std::uint16_t port) {
            return v6 ? from_host(wan, "2001:db8::7").to("2001:db8::100").tcp(port, 80)
                      : request(port);
        };
        bytes_of_frame sent;
        std::map<std::uint16_t, ip_address> chosen;
        for (std::uint16_t port = 1000; port < 1150; ++port) {
            r.expect("SYN").in(wan, of_client(port).syn()).out(lan, &sent);
            chosen[port] = ip_in(sent).destination;
        }
        EXPECT_EQ(r.state().flows->size(), 100u);
        EXPECT_EQ(r.state().books[0].over_share.get(), 50u);
        EXPECT_EQ(r.state().books[0].table_full.get(), 0u);
        for (const auto& [port, server] : chosen) {
            r.expect("data goes to the same server").in(wan, of_client(port).ack()).out(lan, &sent);
            EXPECT_EQ(ip_in(sent).destination, server);
        }
        const std::string last = to_string(chosen[1149]);
        r.expect("and its answers come back from the VIP")
            .in(lan, from_host(lan, last).to(v6 ? "2001:db8::7" : "192.0.2.7").tcp(80, 1149).ack())
            .out(wan, &sent);
        EXPECT_EQ(ip_in(sent).source, address_of(v6 ? "2001:db8::100" : "192.0.2.100"));
        for (std::uint16_t port = 1000; port < 1100; ++port)
            r.expect("another service")
                .in(wan, request(port).to("192.0.2.101").syn())
                .out(lan, &sent);
        EXPECT_EQ(r.state().flows->size(), 200u);
        EXPECT_EQ(r.state().books[0].table_full.get(), 0u);
        r.expect("to it a stray is none of a full table's")
            .in(wan, request(5000).to("192.0.2.101").ack())
            .out(wan, &sent)
            .dropped(drop_reason::no_connection);
    }
}

TEST(limits, a_share_counts_what_was_there_and_what_goes) {
    rig r({.connections = 200});
    config::service s = service_of({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
    s.timeout[flow_state::syn_recv] = 2;
    r.reload({s});
    bytes_of_frame sent;
    const auto open = [&](std::uint16_t first, std::uint16_t count) {
        for (std::uint16_t i = 0; i < count; ++i)
            r.expect("SYN")
                .in(wan, request(static_cast<std::uint16_t>(first + i)).syn())
                .out(lan, &sent);
    };
    open(1000, 30);
    s.share = 20;
    r.reload({s});
    open(2000, 20);
    EXPECT_EQ(r.state().flows->size(), 40u);
    EXPECT_EQ(r.state().books[0].over_share.get(), 10u);
    for (int i = 0; i < 5; ++i) {
        r.pass_time(1);
        r.turn();
    }
    open(3000, 40);
    EXPECT_EQ(r.state().flows->size(), 40u) << "those that ended make room";
    EXPECT_EQ(r.state().books[0].over_share.get(), 10u);
    s.share = config::whole_table;
    r.reload({s});
    open(4000, 40);
    EXPECT_EQ(r.state().flows->size(), 80u);
    EXPECT_EQ(r.state().books[0].over_share.get(), 10u);
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
