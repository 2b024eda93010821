// Persistence: which server a client's next connection goes to, for how long, and until when not.

#include <set>

#include "rig.h"

namespace weir::test {
namespace {

packet from(std::string_view client, std::uint16_t port, std::uint16_t to = 80) {
    const bool v6 = client.find(':') != std::string_view::npos;
    return from_host(wan, client).to(v6 ? "2001:db8::100" : "192.0.2.100").tcp(port, to);
}

const std::vector<std::string> three{"198.51.100.11", "198.51.100.12", "198.51.100.13"};

/// The server (11, 12, 13) a new connection goes to, by the MAC address it leaves with.
unsigned server_of(rig& r, const packet& p, unsigned worker = 0) {
    bytes_of_frame sent;
    r.expect("a new connection").on_worker(worker).in(wan, p).out(lan, &sent);
    return host_of(sent);
}

/// The templates of the table: "client:0 state".
std::multiset<std::string> templates(rig& r) {
    std::multiset<std::string> all;
    r.state().grace.go_online(r.state().control_reader());
    for (flow_index at = 0;
         (at = r.state().flows->for_each(at, 64, r.state().clock.now(),
                                         [&](const flow_entry& e) {
                                             if (e.is_template())
                                                 all.insert(to_string(e.client) + " "
                                                            + std::string(name_of(e.state.load())));
                                         }))
         != 0;) {
    }
    r.state().grace.go_offline(r.state().control_reader());
    return all;
}

/// Lets so many seconds pass, with a turn of the workers in each.
void wait(rig& r, std::uint32_t seconds) {
    for (std::uint32_t i = 0; i < seconds; ++i) {
        r.pass_time(1);
        r.turn();
    }
}

TEST(persistence, keeps_a_client_at_its_server) {
    rig r;
    const auto servers =
        r.service({.listen = "192.0.2.100:80/tcp", .servers = three, .persistence = 300});
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
    EXPECT_EQ(server_of(r, from("192.0.2.8", 1).syn()), 12u);
    for (std::uint16_t port = 2; port < 10; ++port) {
        EXPECT_EQ(server_of(r, from("192.0.2.7", port).syn()), 11u);
        EXPECT_EQ(server_of(r, from("192.0.2.8", port).syn()), 12u);
    }
    EXPECT_EQ(templates(r), (std::multiset<std::string>{"192.0.2.7 NONE", "192.0.2.8 NONE"}));
    // Templates are no connections, and are counted as what they are.
    EXPECT_EQ(r.state().servers->load(servers[0]).active, 9u);
    EXPECT_EQ(r.state().servers->load(servers[0]).inactive, 0u);
    EXPECT_EQ(r.state().servers->templates(servers[0]), 1u);
    EXPECT_EQ(r.state().servers->templates(servers[2]), 0u);
    EXPECT_EQ(r.state().servers->totals(servers[0]).connections, 9u);
}

TEST(persistence, keeps_a_network_of_clients_together) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp", .servers = three, .persistence = 300, .prefix = 24});
    const unsigned first = server_of(r, from("192.0.2.7", 1).syn());
    EXPECT_EQ(server_of(r, from("192.0.2.200", 1).syn()), first);
    EXPECT_NE(server_of(r, from("203.0.113.7", 1).syn()), first);
    EXPECT_EQ(templates(r), (std::multiset<std::string>{"192.0.2.0 NONE", "203.0.113.0 NONE"}));
}

TEST(persistence, keeps_a_network_of_ipv6_clients_together) {
    rig r;
    r.service({.listen = "[2001:db8::100]:80/tcp",
               .servers = {"2001:db8:1::11", "2001:db8:1::12"},
               .persistence = 300,
               .prefix = 120});
    const unsigned first = server_of(r, from("2001:db8::7", 1).syn());
    EXPECT_EQ(server_of(r, from("2001:db8::fe", 1).syn()), first);
    EXPECT_NE(server_of(r, from("2001:db8::1:7", 1).syn()), first);
    EXPECT_EQ(templates(r), (std::multiset<std::string>{"2001:db8:: NONE", "2001:db8::1:0 NONE"}));
}

TEST(persistence, ends_after_its_time_without_connections) {
    rig r;
    const auto servers =
        r.service({.listen = "192.0.2.100:80/tcp", .servers = three, .persistence = 40});
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
    bytes_of_frame sent;
    for (int i = 0; i < 2; ++i)
        r.expect("it opens").in(wan, from("192.0.2.7", 1).ack()).out(lan, &sent);
    r.expect("it ends at once").in(wan, from("192.0.2.7", 1).rst()).out(lan, &sent);
    wait(r, 35);
    EXPECT_EQ(server_of(r, from("192.0.2.7", 2).syn()), 11u) << "renewed here";
    for (int i = 0; i < 2; ++i)
        r.expect("opens").in(wan, from("192.0.2.7", 2).ack()).out(lan, &sent);
    r.expect("ends").in(wan, from("192.0.2.7", 2).rst()).out(lan, &sent);
    EXPECT_EQ(templates(r), (std::multiset<std::string>{"192.0.2.7 ASSURED"}));
    wait(r, 35);
    EXPECT_EQ(templates(r).size(), 1u);
    wait(r, 70); // it may be held for another 60 s by a connection that is closing
    EXPECT_EQ(templates(r).size(), 0u);
    EXPECT_EQ(r.state().servers->templates(servers[0]), 0u);
    EXPECT_EQ(r.state().flows->size(), 0u);
    EXPECT_EQ(server_of(r, from("192.0.2.7", 3).syn()), 12u) << "scheduled anew";
}

TEST(persistence, lasts_while_a_connection_does) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp", .servers = three, .persistence = 10});
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
    bytes_of_frame sent;
    for (int i = 0; i < 2; ++i)
        r.expect("it is open").in(wan, from("192.0.2.7", 1).ack()).out(lan, &sent);
    wait(r, 200); // of the 900 it may be silent
    EXPECT_EQ(server_of(r, from("192.0.2.7", 2).syn()), 11u);
    // At the very second its time is over, before the timer has seen it, too.
    r.pass_time(10);
    EXPECT_EQ(server_of(r, from("192.0.2.7", 3).syn()), 11u);
    EXPECT_EQ(templates(r).size(), 1u);
}

TEST(persistence, is_stronger_than_weight_and_thresholds) {
    rig r;
    const auto servers =
        r.service({.listen = "192.0.2.100:80/tcp", .servers = three, .persistence = 300});
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
    r.state().servers->load(servers[0]).weight = 0;
    EXPECT_EQ(server_of(r, from("192.0.2.7", 2).syn()), 11u);
    r.state().servers->limits(servers[0]).upper = 1;
    r.state().servers->limits(servers[0]).lower = 1;
    EXPECT_EQ(server_of(r, from("192.0.2.7", 3).syn()), 11u);
    EXPECT_EQ(r.state().servers->load(servers[0]).active, 3u);
}

TEST(persistence, does_not_hold_to_a_quiescent_server_if_told_so) {
    rig r;
    const auto servers = r.service({.listen = "192.0.2.100:80/tcp",
                                    .servers = three,
                                    .persistence = 300,
                                    .expire_quiescent = true});
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
    r.state().servers->load(servers[0]).weight = 0;
    EXPECT_EQ(server_of(r, from("192.0.2.7", 2).syn()), 12u);
    EXPECT_EQ(server_of(r, from("192.0.2.7", 3).syn()), 12u);
    EXPECT_EQ(r.state().servers->templates(servers[0]), 0u);
    EXPECT_EQ(r.state().servers->templates(servers[1]), 1u);
}

TEST(persistence, ends_with_its_server) {
    for (const std::uint32_t why :
         {server_load::down, server_load::disabled, server_load::removed}) {
        rig r({.workers = 2});
        const auto servers =
            r.service({.listen = "192.0.2.100:80/tcp", .servers = three, .persistence = 20});
        EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
        r.state().servers->load(servers[0]).unavailable = why;
        // Seen by another worker than the one whose template it is.
        EXPECT_EQ(server_of(r, from("192.0.2.7", 2).syn(), 1), 12u);
        EXPECT_EQ(server_of(r, from("192.0.2.7", 3).syn(), 0), 12u);
        r.state().servers->load(servers[0]).unavailable = 0;
        EXPECT_EQ(server_of(r, from("192.0.2.7", 4).syn(), 0), 12u);
        EXPECT_EQ(r.state().servers->templates(servers[0]), 0u);
        EXPECT_EQ(r.state().servers->templates(servers[1]), 1u);
        wait(r, 160);
        EXPECT_EQ(r.state().flows->size(), 0u) << "all of it is given back";
        EXPECT_EQ(r.state().servers->templates(servers[1]), 0u);
    }
}

TEST(persistence, of_a_group_spans_its_listeners) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp",
               .servers = three,
               .also = {"192.0.2.100:443/tcp", "192.0.2.100:80/udp"},
               .persistence = 300});
    const unsigned first = server_of(r, from("192.0.2.7", 1).syn());
    EXPECT_EQ(server_of(r, from("192.0.2.7", 2, 443).syn()), first);
    EXPECT_EQ(server_of(r, from_host(wan, "192.0.2.7").to("192.0.2.100").udp(3, 80)), first);
    EXPECT_EQ(templates(r).size(), 1u);
}

TEST(persistence, of_services_on_one_address_is_apart) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp", .servers = {three[0]}, .persistence = 300});
    r.service({.listen = "192.0.2.100:443/tcp", .servers = {three[1]}, .persistence = 300});
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1, 443).syn()), 12u);
    EXPECT_EQ(templates(r).size(), 2u);
}

TEST(persistence, a_packet_from_port_0_is_no_template) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp", .servers = three, .persistence = 300});
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
    bytes_of_frame sent;
    r.expect("no connection")
        .in(wan, from("192.0.2.7", 0).ack())
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
    EXPECT_EQ(server_of(r, from("192.0.2.7", 0).syn()), 11u);
}

TEST(persistence, a_reused_port_stays_at_its_server) {
    rig r;
    const auto servers =
        r.service({.listen = "192.0.2.100:80/tcp", .servers = three, .persistence = 300});
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
    bytes_of_frame sent;
    r.expect("open").in(wan, from("192.0.2.7", 1).ack()).out(lan, &sent);
    r.expect("reset").in(wan, from("192.0.2.7", 1).rst()).out(lan, &sent);
    EXPECT_EQ(server_of(r, from("192.0.2.7", 1).syn()), 11u);
    EXPECT_EQ(r.state().servers->totals(servers[0]).connections, 1u) << "the same connection";
}

TEST(persistence, goes_on_in_a_full_table) {
    rig r({.connections = 64});
    r.service({.listen = "192.0.2.100:80/tcp", .servers = three, .persistence = 300});
    std::set<unsigned> seen;
    for (std::uint16_t port = 1000; port < 1500; ++port) {
        const unsigned server = server_of(r, from("192.0.2.7", port).syn());
        if (port >= 1300) seen.insert(server);
    }
    EXPECT_EQ(seen.size(), 1u) << "one client, one server, without state, too";
    EXPECT_EQ(templates(r).size(), 1u);
}

} // namespace
} // namespace weir::test
