// What strangers can make of connections: SYNs and ACKs with false addresses, resets with any
// sequence number, datagrams that want no answer. A rig's packets acknowledge each other: a SYN-ACK
// of sequence 1000 by 1001.

#include "changing.h"

namespace weir::test {
namespace {

/// A service with one server, in a mode; clients are ports of 192.0.2.7.
class strangers : public testing::Test {
protected:
    explicit strangers(const rig_settings& settings = {}) : r(settings) {}
    target_id serve(forward_mode mode, const std::string& protocol = "tcp") {
        return r.service({.listen = vip + ":80/" + protocol, .mode = mode, .servers = {first}})[0];
    }
    void from_client(packet p) {
        bytes_of_frame sent;
        r.expect("the client's").in(wan, p).out(lan, &sent);
    }
    void from_client_in_pieces(packet p) {
        for (const bytes_of_frame& piece : fragments_of(p.payload(3000).bytes(), 1500, 7)) {
            r.feed(wan, 0, piece);
            r.turn();
        }
        EXPECT_EQ(r.sent()[lan].size(), 3u);
        r.sent()[lan].clear();
    }
    void from_server(packet p) {
        bytes_of_frame sent;
        r.expect("the server's").in(lan, p).out(wan, &sent);
    }
    static packet answer(std::uint16_t port) {
        return from_host(lan, first).to("192.0.2.7").tcp(80, port);
    }
    static packet datagram(std::uint16_t port) {
        return from_host(wan, "192.0.2.7").to(vip).udp(port, 80);
    }
    /// Lets seconds pass, with turns, so that what is over is counted no more.
    void wait(std::uint32_t seconds) {
        for (std::uint32_t s = 0; s < seconds; ++s) {
            r.pass_time(1);
            r.turn();
        }
    }
    /// The state of the client's flow; "none" without one.
    std::string state(std::uint16_t port, std::uint8_t proto = 6) {
        const flow_key key{*parse_address("192.0.2.7"), *parse_address(vip), be16::from_host(port),
                           be16::from_host(80), proto};
        flow_table& flows = *r.state().flows;
        const flow_ref found = flows.find(key, flows.hash(key), r.state().clock.now());
        return found ? std::string(name_of(flows[found].state.load())) : "none";
    }
    server_load& load(target_id id) { return r.state().servers->load(id); }
    /// A handshake to its end.
    void open(std::uint16_t port, forward_mode mode) {
        from_client(request(port).syn());
        if (mode == forward_mode::nat) from_server(answer(port).syn().ack());
        from_client(request(port).ack());
        if (mode != forward_mode::nat) from_client(request(port).ack().psh());
        ASSERT_EQ(state(port), "ESTABLISHED");
    }

    rig r;
};

TEST_F(strangers, a_reset_ends_no_connection_whose_packets_go_on) {
    for (const auto mode : {forward_mode::nat, forward_mode::dr}) {
        r.reload({});
        const target_id server = serve(mode);
        open(1, mode);
        from_client(request(1).rst().seq(77));
        EXPECT_EQ(state(1), "CLOSE");
        EXPECT_EQ(load(server).active, 0u);
        from_client(request(1).ack().psh());
        EXPECT_EQ(state(1), "ESTABLISHED");
        EXPECT_EQ(load(server).active, 1u);
        wait(800);
        EXPECT_EQ(state(1), "ESTABLISHED") << "for its full time";
    }
}

TEST_F(strangers, the_server_s_next_packet_revives_a_connection_too) {
    serve(forward_mode::nat);
    open(1, forward_mode::nat);
    from_client(request(1).rst());
    from_server(answer(1).ack().psh());
    EXPECT_EQ(state(1), "ESTABLISHED");
    from_server(answer(1).rst().ack());
    EXPECT_EQ(state(1), "CLOSE");
    from_client(request(1).fin().ack());
    EXPECT_EQ(state(1), "CLOSE_WAIT") << "as if there had been none";
}

TEST_F(strangers, a_real_reset_still_ends_a_connection) {
    const target_id server = serve(forward_mode::nat);
    open(1, forward_mode::nat);
    from_client(request(1).rst());
    from_client(request(1).rst());
    wait(45);
    EXPECT_EQ(state(1), "none");
    EXPECT_EQ(load(server).inactive, 0u);
}

TEST_F(strangers, nat_an_ack_that_acknowledges_nothing_opens_nothing) {
    const target_id server = serve(forward_mode::nat);
    from_client(request(1).syn());
    from_client(request(1).ack());
    EXPECT_EQ(state(1), "SYN_RECV") << "before the server's SYN-ACK";
    from_server(answer(1).syn().ack());
    from_client(request(1).acknowledge(4711));
    from_client(request(1).fin().acknowledge(4711));
    from_client(request(1).fin());
    EXPECT_EQ(state(1), "SYN_RECV") << "with any number";
    wait(41);
    EXPECT_EQ(state(1), "none");
    EXPECT_EQ(load(server).active, 0u);
}

TEST_F(strangers, nat_the_right_ack_opens_and_so_does_a_server_that_speaks_on) {
    serve(forward_mode::nat);
    from_client(request(1).syn());
    from_server(answer(1).syn().seq(0xffffffff).ack());
    from_client(request(1).acknowledge(0));
    EXPECT_EQ(state(1), "ESTABLISHED");
    from_client(request(2).syn());
    from_server(answer(2).syn().seq(5).ack());
    from_server(answer(2).syn().seq(70'000).ack()); // a SYN cookie of the next minute
    from_client(request(2).acknowledge(6));
    from_server(answer(2).ack());
    EXPECT_EQ(state(2), "ESTABLISHED") << "it has believed what we have not";
    from_client(request(3).syn());
    from_server(answer(3).syn().ack());
    from_client(request(3).fin().ack());
    EXPECT_EQ(state(3), "TIME_WAIT");
}

TEST_F(strangers, only_the_client_renews_what_is_half_open) {
    serve(forward_mode::nat);
    from_client(request(1).syn());
    from_client(request(2).syn());
    for (int i = 0; i < 9; ++i) {
        wait(1);
        from_server(answer(1).syn().ack());
        from_client(request(1).acknowledge(4711));
        from_client(request(1).rst());
        from_client(request(2).syn());
    }
    wait(1);
    EXPECT_EQ(state(1), "none");
    EXPECT_EQ(state(2), "SYN_RECV");
}

TEST_F(strangers, dr_and_tun_a_syn_and_one_ack_last_a_minute) {
    for (const auto mode : {forward_mode::dr, forward_mode::tun}) {
        r.reload({});
        serve(mode);
        from_client(request(1).syn());
        from_client(request(1).ack());
        EXPECT_EQ(state(1), "SYNACK");
        wait(59);
        EXPECT_EQ(state(1), "SYNACK");
        from_client(request(1).ack());
        EXPECT_EQ(state(1), "ESTABLISHED") << "a second one";
        from_client(request(2).syn());
        from_client(request(2).ack());
        wait(60);
        EXPECT_EQ(state(2), "none");
        EXPECT_EQ(state(1), "ESTABLISHED");
    }
}

TEST_F(strangers, nat_datagrams_without_an_answer_last_half_a_minute) {
    serve(forward_mode::nat, "udp");
    from_client(datagram(1));
    from_client(datagram(1));
    from_client(datagram(1));
    from_client(datagram(2));
    from_server(from_host(lan, first).to("192.0.2.7").udp(80, 2));
    wait(29);
    EXPECT_EQ(state(1, 17), "UDP");
    from_client(datagram(1));
    wait(30);
    EXPECT_EQ(state(1, 17), "none");
    EXPECT_EQ(state(2, 17), "UDP");
    wait(240);
    EXPECT_EQ(state(2, 17), "UDP");
    wait(1);
    EXPECT_EQ(state(2, 17), "none");
}

/// With tagged frames nothing takes the express lane.
class tagged_strangers : public strangers {
protected:
    tagged_strangers() : strangers({.lan_vlan = 7}) {}
};

TEST_F(tagged_strangers, nat_datagrams_without_an_answer_last_half_a_minute) {
    serve(forward_mode::nat, "udp");
    for (int i = 0; i < 3; ++i)
        from_client(datagram(1));
    wait(30);
    EXPECT_EQ(state(1, 17), "none");
}

TEST_F(strangers, dr_a_single_datagram_lasts_half_a_minute) {
    serve(forward_mode::dr, "udp");
    from_client(datagram(1));
    from_client(datagram(2));
    from_client(datagram(2));
    wait(30);
    EXPECT_EQ(state(1, 17), "none");
    EXPECT_EQ(state(2, 17), "UDP");
}

TEST_F(strangers, fragments_of_one_datagram_are_one_datagram) {
    serve(forward_mode::dr, "udp");
    from_client_in_pieces(datagram(1));
    wait(30);
    EXPECT_EQ(state(1, 17), "none");
}

/// The server may have four connections.
class strangers_at_a_limit : public strangers {
protected:
    void limit(target_id id) { r.state().servers->set_limits(id, 4, 0); }
    std::uint64_t displaced() { return r.state().books[0].displaced.get(); }
    std::uint32_t connections(target_id id) { return load(id).active + load(id).inactive; }
    bytes_of_frame refused;
};

TEST_F(strangers_at_a_limit, the_oldest_half_open_connection_gives_its_place) {
    for (const auto mode : {forward_mode::nat, forward_mode::dr, forward_mode::tun}) {
        r.reload({});
        const target_id id = serve(mode);
        limit(id);
        open(100, mode);
        for (std::uint16_t port = 1; port <= 200; ++port) {
            if (port == 100) continue;
            from_client(request(port).syn());
            ASSERT_LE(connections(id), 4u);
        }
        EXPECT_EQ(state(100), "ESTABLISHED") << "those that are open keep theirs";
        EXPECT_EQ(state(1), "none");
        EXPECT_EQ(state(197), "none");
        EXPECT_EQ(state(198), "SYN_RECV");
        EXPECT_EQ(state(200), "SYN_RECV");
        EXPECT_EQ(connections(id), 4u);
        EXPECT_EQ(displaced() % 196, 0u) << "of 200, 4 have room";
        EXPECT_NE(displaced(), 0u);
    }
}

TEST_F(strangers_at_a_limit, a_client_gets_in_through_a_flood_and_keeps_its_place) {
    const target_id id = serve(forward_mode::nat);
    limit(id);
    std::uint16_t stranger = 1000;
    for (std::uint16_t client = 1; client <= 4; ++client) {
        for (int i = 0; i < 20; ++i)
            from_client(request(stranger++).syn());
        open(client, forward_mode::nat);
    }
    r.expect("the limit is exact")
        .in(wan, request(5).syn())
        .out(wan, &refused)
        .dropped(drop_reason::no_destination);
    for (std::uint16_t client = 1; client <= 4; ++client)
        EXPECT_EQ(state(client), "ESTABLISHED");
}

TEST_F(strangers_at_a_limit, the_next_client_gets_a_place_before_the_fallback_does) {
    const auto ids = r.service({.listen = vip + ":80/tcp",
                                .mode = forward_mode::nat,
                                .servers = {first},
                                .fallback = second});
    r.state().servers->set_limits(ids[0], 1, 0);
    from_client(request(1).syn());
    from_client(request(2).syn());
    EXPECT_EQ(load(ids[1]).active, 0u);
    EXPECT_EQ(state(1), "none");
    from_server(answer(2).syn().ack());
    from_client(request(2).ack());
    from_client(request(3).syn());
    EXPECT_EQ(load(ids[1]).active, 1u) << "none is half-open";
}

TEST_F(strangers_at_a_limit, a_server_that_is_out_takes_nobody_for_it) {
    const target_id id = serve(forward_mode::nat);
    r.state().servers->set_limits(id, 1, 0);
    from_client(request(1).syn());
    load(id).set(server_load::down, true);
    r.expect("down")
        .in(wan, request(2).syn())
        .out(wan, &refused)
        .dropped(drop_reason::no_destination);
    EXPECT_EQ(state(1), "SYN_RECV");
}

} // namespace
} // namespace weir::test
