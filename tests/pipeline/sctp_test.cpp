// Associations of SCTP through DR, TUN and NAT, both families; and what is no association's.

#include <set>

#include "rig.h"

namespace weir::test {
namespace {

struct family {
    std::string vip, listen, client, server, other, server_with_port;
};
const family v4{"192.0.2.100",   "192.0.2.100:80/sctp", "192.0.2.7",
                "198.51.100.11", "198.51.100.12",       "198.51.100.11:8080"};
const family v6{"2001:db8::100",  "[2001:db8::100]:80/sctp", "2001:db8::7",
                "2001:db8:1::11", "2001:db8:1::12",          "[2001:db8:1::11]:8080"};

packet from_client(const family& f, std::uint16_t port = 40001) {
    return from_host(wan, f.client).to(f.vip).sctp(port, 80);
}
packet to_server(const packet& p, const std::string& server) {
    return sent_on(p, lan, server);
}

/// The states of all flows and templates there are, in the order of the alphabet.
std::string states(rig& r) {
    std::multiset<std::string> all;
    r.state().flows->for_each(0, r.state().flows->capacity(), r.state().clock.now(),
                              [&](const flow_entry& e) { all.emplace(name_of(e.state)); });
    std::string text;
    for (const std::string& state : all)
        text += (text.empty() ? "" : " ") + state;
    return text;
}

TEST(sctp, dr_schedules_an_init_and_follows_the_client) {
    for (const family& f : {v4, v6}) {
        rig r;
        const auto servers = r.service({.listen = f.listen, .servers = {f.server, f.other}});
        const auto pass = [&](const char* what, const packet& p) {
            r.expect(what).in(wan, p).out(lan, to_server(p, f.server));
        };
        pass("INIT", from_client(f).init());
        EXPECT_EQ(states(r), "INIT1");
        EXPECT_EQ(r.state().servers->load(servers[0]).inactive, 1u);
        pass("INIT again", from_client(f).init());
        EXPECT_EQ(states(r), "INIT");
        pass("COOKIE ECHO", from_client(f).chunk(10, 100).chunk(0, 33));
        EXPECT_EQ(states(r), "ESTABLISHED");
        EXPECT_EQ(r.state().servers->load(servers[0]).active, 1u);
        pass("data of odd length", from_client(f).chunk(0, 1333));
        const packet second = from_client(f, 40002).init();
        r.expect("the next client").in(wan, second).out(lan, to_server(second, f.other));
        pass("SHUTDOWN", from_client(f).chunk(7, 4));
        EXPECT_EQ(r.state().servers->load(servers[0]).active, 0u);
        pass("SHUTDOWN COMPLETE", from_client(f).chunk(14));
        EXPECT_EQ(r.state().servers->totals(servers[0]).connections, 1u);
        EXPECT_EQ(r.state().servers->totals(servers[0]).in_packets, 6u);
    }
}

TEST(sctp, tun_puts_an_outer_header_in_front) {
    for (const family& f : {v4, v6}) {
        rig r;
        r.service({.listen = f.listen, .mode = forward_mode::tun, .servers = {f.server}});
        bytes_of_frame sent;
        const packet init = from_client(f).init();
        r.expect("INIT").in(wan, init).out(lan, &sent);
        const std::size_t outer = f.vip == v4.vip ? 20 : 40;
        const auto inner = packet(init).ttl(63).bytes();
        EXPECT_TRUE(std::equal(inner.begin() + 14, inner.end(),
                               sent.begin() + 14 + static_cast<std::ptrdiff_t>(outer), sent.end()));
        r.expect("COOKIE ECHO").in(wan, from_client(f).chunk(10, 100)).out(lan, &sent);
        EXPECT_EQ(states(r), "ESTABLISHED");
    }
}

TEST(sctp, nat_translates_both_ways) {
    for (const family& f : {v4, v6}) {
        rig r;
        const auto servers = r.service(
            {.listen = f.listen, .mode = forward_mode::nat, .servers = {f.server_with_port}});
        // `chunks` adds the same to what is sent and to what is to come of it.
        const auto pass = [&](const char* what, const auto& chunks, const char* state) {
            r.expect(what)
                .in(wan, chunks(from_client(f)))
                .out(lan, chunks(sent_on(packet(), lan, f.server)
                                     .from(f.client)
                                     .to(f.server)
                                     .sctp(40001, 8080)));
            EXPECT_EQ(states(r), state) << what;
        };
        const auto answer = [&](const char* what, const auto& chunks, const char* state) {
            r.expect(what)
                .in(lan, chunks(from_host(lan, f.server).to(f.client).sctp(8080, 40001)))
                .out(
                    wan,
                    chunks(
                        sent_on(packet(), wan, f.client).from(f.vip).to(f.client).sctp(80, 40001)));
            EXPECT_EQ(states(r), state) << what;
        };
        const auto chunk = [](std::uint8_t type, std::size_t body) {
            return [=](packet p) { return p.chunk(type, body); };
        };
        const server_load& load = r.state().servers->load(servers[0]);
        pass(
            "INIT", [](packet p) { return p.init(); }, "INIT1");
        answer("INIT ACK", chunk(2, 200), "C-SENT");
        pass("COOKIE ECHO", chunk(10, 180), "C-REPLIED");
        EXPECT_EQ(load.active, 0u);
        answer("COOKIE ACK", chunk(11, 0), "ESTABLISHED");
        EXPECT_EQ(load.active, 1u);
        pass("data", chunk(0, 1201), "ESTABLISHED");
        answer("data", chunk(0, 3), "ESTABLISHED");
        answer("SHUTDOWN", chunk(7, 4), "S-SENT");
        EXPECT_EQ(load.active, 0u);
        pass("SHUTDOWN ACK", chunk(8, 0), "CLOSED");
        answer("SHUTDOWN COMPLETE", chunk(14, 0), "CLOSED");
        EXPECT_EQ(r.state().servers->totals(servers[0]).out_packets, 5u);
        // A new INIT on an association that is over is scheduled anew (LVS's conn_reuse_mode 1).
        pass(
            "INIT", [](packet p) { return p.init(); }, "INIT1");
        EXPECT_EQ(r.state().servers->totals(servers[0]).connections, 2u);
        answer("ABORT", chunk(6, 0), "REJECTED");
    }
}

TEST(sctp, silence_ends_it_by_the_states_own_timeout) {
    rig r;
    const auto servers = r.service({.listen = v4.listen, .servers = {v4.server}});
    bytes_of_frame sent;
    r.expect("INIT").in(wan, from_client(v4).init()).out(lan, &sent);
    r.pass_time(3);
    EXPECT_EQ(states(r), "INIT1");
    r.pass_time(2);
    EXPECT_EQ(states(r), "") << "INIT1 lasts 4 seconds";
    r.expect("its cookie comes too late")
        .in(wan, from_client(v4).chunk(10, 100))
        .dropped(drop_reason::no_connection);
    for (int i = 0; i < 4; ++i) {
        r.pass_time(10);
        r.turn();
    }
    EXPECT_EQ(r.state().flows->size(), 0u);
    EXPECT_EQ(r.state().servers->load(servers[0]).inactive, 0u);
}

TEST(sctp, only_an_init_opens) {
    rig r;
    const auto servers = r.service({.listen = v4.listen, .servers = {v4.server}});
    for (const int type : {0, 2, 3, 4, 6, 7, 8, 9, 10, 11, 14, 64, 255})
        r.expect("chunk " + std::to_string(type))
            .in(wan, from_client(v4).chunk(static_cast<std::uint8_t>(type), 20))
            .dropped(drop_reason::no_connection);
    EXPECT_EQ(r.state().flows->size(), 0u);
    bytes_of_frame answer;
    r.expect("another port of the VIP")
        .in(wan, from_host(wan, v4.client).to(v4.vip).sctp(1, 81).init())
        .out(wan, &answer)
        .dropped(drop_reason::no_service);
    EXPECT_EQ(ip_in(answer).icmp_type(), 3) << "port unreachable, as for UDP";
    r.expect("TCP to the same port")
        .in(wan, from_host(wan, v4.client).to(v4.vip).tcp(1, 80).syn())
        .out(wan, &answer)
        .dropped(drop_reason::no_service);
    r.expect("SCTP of the director itself")
        .in(wan, from_host(wan, v4.client).to("192.0.2.2").sctp(1, 80).init())
        .to_twin(wan);
    r.state().servers->load(servers[0]).weight = 0;
    r.expect("no server to give")
        .in(wan, from_client(v4).init())
        .out(wan, &answer)
        .dropped(drop_reason::no_destination);
}

TEST(sctp, false_lengths_end_at_the_door) {
    for (const family& f : {v4, v6}) {
        rig r;
        r.service({.listen = f.listen, .mode = forward_mode::nat, .servers = {f.server_with_port}});
        const std::size_t transport = f.vip == v4.vip ? 34 : 54;
        for (const int length : {0, 3, 21, 4096, 65535}) {
            bytes_of_frame frame = from_client(f).init().bytes();
            put16(frame, transport + 12 + 2, static_cast<std::uint16_t>(length));
            r.expect("chunk of " + std::to_string(length))
                .in(wan, frame)
                .dropped(drop_reason::bad_length);
        }
        for (const std::size_t size : {0u, 1u, 8u, 12u, 15u})
            r.expect(std::to_string(size) + " bytes of SCTP")
                .in(wan, from_host(wan, f.client).to(f.vip).proto(132).payload(size))
                .dropped(drop_reason::truncated);
        EXPECT_EQ(r.state().flows->size(), 0u);
    }
}

TEST(sctp, a_broken_checksum_stays_broken) {
    rig r;
    r.service({.listen = v4.listen, .mode = forward_mode::nat, .servers = {v4.server_with_port}});
    bytes_of_frame broken = from_client(v4).init().bytes();
    broken.back() ^= std::byte{1};
    r.feed(wan, 0, broken);
    r.turn();
    ASSERT_EQ(r.sent()[lan].size(), 1u);
    EXPECT_FALSE(checksums_good(r.sent()[lan].front())) << "the server shall see it";
    r.sent()[lan].clear();
}

TEST(sctp, fragments_pass_where_the_port_stays) {
    for (const family& f : {v4, v6}) {
        const auto pieces = fragments_of(from_client(f).chunk(0, 2000).bytes(), 1280, 77);
        ASSERT_EQ(pieces.size(), 2u);
        for (const auto mode : {forward_mode::dr, forward_mode::nat}) {
            rig r;
            r.service({.listen = f.listen, .mode = mode, .servers = {f.server}});
            bytes_of_frame sent, second;
            r.expect("INIT").in(wan, from_client(f).init()).out(lan, &sent);
            r.expect("in order")
                .in(wan, pieces[0])
                .in(wan, pieces[1])
                .out(lan, &sent)
                .out(lan, &second);
        }
        rig r;
        r.service({.listen = f.listen, .mode = forward_mode::nat, .servers = {f.server_with_port}});
        bytes_of_frame sent;
        r.expect("INIT").in(wan, from_client(f).init()).out(lan, &sent);
        r.expect("the first").in(wan, pieces[0]).dropped(drop_reason::sctp_fragment);
        r.expect("the second").in(wan, pieces[1]).dropped(drop_reason::sctp_fragment);
        const auto answers = fragments_of(
            from_host(lan, f.server).to(f.client).sctp(8080, 40001).chunk(0, 2000).bytes(), 1280,
            78);
        r.expect("an answer's first").in(lan, answers[0]).dropped(drop_reason::sctp_fragment);
        r.expect("and second").in(lan, answers[1]).dropped(drop_reason::sctp_fragment);
    }
}

TEST(sctp, icmp_errors_reach_who_they_are_for) {
    rig r;
    r.service({.listen = v4.listen, .mode = forward_mode::nat, .servers = {v4.server_with_port}});
    bytes_of_frame at_server;
    r.expect("INIT").in(wan, from_client(v4).init()).out(lan, &at_server);
    bytes_of_frame got;
    r.expect("the server has no SCTP")
        .in(lan, from_host(lan, v4.server).to(v4.client).icmp(3, 2).about(at_server, 28))
        .out(wan, &got);
    EXPECT_EQ(got, sent_on(packet(), wan, v4.client)
                       .from(v4.vip)
                       .to(v4.client)
                       .icmp(3, 2)
                       .about(from_client(v4).ttl(63).init().bytes(), 28)
                       .bytes())
        << describe(got);
}

TEST(sctp, persistence_holds_until_the_association_ends) {
    rig r;
    const auto servers =
        r.service({.listen = v4.listen, .servers = {v4.server, v4.other}, .persistence = 300});
    for (std::uint16_t port = 40001; port < 40004; ++port) {
        const packet init = from_client(v4, port).init();
        r.expect("INIT").in(wan, init).out(lan, to_server(init, v4.server));
    }
    EXPECT_EQ(states(r), "INIT1 INIT1 INIT1 NONE");
    const packet cookie = from_client(v4, 40002).chunk(10, 100);
    r.expect("COOKIE ECHO").in(wan, cookie).out(lan, to_server(cookie, v4.server));
    EXPECT_EQ(states(r), "ASSURED ESTABLISHED INIT1 INIT1");
}

TEST(sctp, a_removed_server_lets_go_without_an_answer) {
    rig r;
    const auto servers = r.service({.listen = v4.listen, .servers = {v4.server, v4.other}});
    bytes_of_frame sent;
    r.expect("INIT").in(wan, from_client(v4).init()).out(lan, &sent);
    r.state().servers->target(servers[0]).lost = lost_flows::all;
    r.state().servers->load(servers[0]).weight = 0;
    r.expect("data").in(wan, from_client(v4).chunk(0, 9)).dropped(drop_reason::no_connection);
    const packet init = from_client(v4).init();
    r.expect("a new INIT goes elsewhere").in(wan, init).out(lan, to_server(init, v4.other));
}

TEST(sctp, a_full_table_places_by_hash) {
    rig r({.connections = 1});
    r.service({.listen = v4.listen, .mode = forward_mode::nat, .servers = {v4.server_with_port}});
    bytes_of_frame sent;
    r.expect("the first").in(wan, from_client(v4).init()).out(lan, &sent);
    r.expect("one too many").in(wan, from_client(v4, 40002).init()).out(lan, &sent);
    r.expect("its cookie").in(wan, from_client(v4, 40002).chunk(10, 90)).out(lan, &sent);
    r.expect("the server's answer")
        .in(lan, from_host(lan, v4.server).to(v4.client).sctp(8080, 40002).chunk(11))
        .out(
            wan,
            sent_on(packet(), wan, v4.client).from(v4.vip).to(v4.client).sctp(80, 40002).chunk(11));
}

} // namespace
} // namespace weir::test
