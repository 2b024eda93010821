// The states of a connection, from its first packet to its end.

#include "rig.h"

namespace weir::test {
namespace {

TEST(states, move_the_counts) {
    rig r;
    const auto servers = r.service(
        {.listen = "192.0.2.100:80/tcp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    const server_load& load = r.state().servers->load(servers[0]);
    bytes_of_frame sent;
    const auto from_client = [&](packet p) { r.expect("client").in(wan, p).out(lan, &sent); };
    const auto from_server = [&](std::uint8_t flags) {
        r.expect("server")
            .in(lan, from_host(lan, "198.51.100.11").to("192.0.2.7").tcp(80, 40001).flags(flags))
            .out(wan, &sent);
    };
    from_client(request().syn());
    from_server(tcp_header::syn | tcp_header::ack);
    from_client(request().ack());
    EXPECT_EQ(load.active, 1u);
    from_client(request().fin().ack());
    from_server(tcp_header::fin | tcp_header::ack);
    EXPECT_EQ(load.active, 0u);
    EXPECT_EQ(load.inactive, 1u);
    // A new SYN on a connection in TIME_WAIT is a new connection (LVS's conn_reuse_mode 1).
    from_client(request().syn());
    EXPECT_EQ(load.active, 1u);
    EXPECT_EQ(r.state().servers->totals(servers[0]).connections, 2u);
}

/// The server sees its SYN repeated, not a stranger: LVS believes no reset before the ACK.
TEST(states, a_reset_ends_a_connection_and_not_a_handshake) {
    rig r;
    const auto servers =
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11", "198.51.100.12"}});
    const auto passes = [&](packet p, const std::string& server) {
        r.expect("to " + server).in(wan, p).out(lan, sent_on(p, lan, server));
    };
    passes(request().syn(), "198.51.100.11");
    r.state().servers->load(servers[0]).weight = 0; // drained
    passes(request().rst(), "198.51.100.11");
    passes(request().syn(), "198.51.100.11");
    passes(request().ack(), "198.51.100.11");
    passes(request().rst(), "198.51.100.11");
    passes(request().syn(), "198.51.100.12");
}

/// A burst is looked up as a whole: its first packet may end what its second was found to belong
/// to.
TEST(states, in_one_burst_data_goes_with_the_connection_begun_anew_before_it) {
    rig r;
    r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11", "198.51.100.12"}});
    const auto at = [](packet p, const std::string& server) { return sent_on(p, lan, server); };
    const packet syn = request().syn();
    const packet ack = request().ack();
    const packet rst = request().rst();
    const std::string first = "198.51.100.11";
    const std::string second = "198.51.100.12";
    for (const packet& p : {syn, ack, rst})
        r.expect("opened and reset").in(wan, p).out(lan, at(p, first));
    r.feed(wan, 0, syn.bytes());
    r.feed(wan, 0, ack.bytes());
    r.turn();
    r.expect("begun anew").out(lan, at(syn, second)).out(lan, at(ack, second));
}

TEST(states, silence_ends_a_flow) {
    rig r;
    const auto servers = r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request().syn()).out(lan, &sent);
    EXPECT_EQ(r.state().flows->size(), 1u);
    for (int i = 0; i < 7; ++i) { // the wheel looks every 30 seconds; SYN_RECV lasts 60
        r.pass_time(10);
        r.turn();
    }
    EXPECT_EQ(r.state().flows->size(), 0u);
    EXPECT_EQ(r.state().servers->load(servers[0]).active, 0u);
    r.expect("data of no connection")
        .in(wan, request().ack())
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
}

TEST(states, a_removed_server_lets_go) {
    rig r;
    const auto servers =
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11", "198.51.100.12"}});
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request().syn()).out(lan, &sent);
    r.state().servers->target(servers[0]).lost = lost_flows::all;
    r.state().servers->load(servers[0]).weight = 0;
    r.expect("data is reset")
        .in(wan, request().ack())
        .out(wan, &sent)
        .dropped(drop_reason::no_connection);
    r.expect("a new SYN goes elsewhere")
        .in(wan, request().syn())
        .out(lan, request().syn().mac(port_mac(lan), mac_of("198.51.100.12")).ttl(63));
    EXPECT_EQ(r.state().servers->load(servers[0]).active, 0u);
}

} // namespace
} // namespace weir::test
