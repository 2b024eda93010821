// What goes to Linux, by class: a flood of one leaves the others alone.

#include "rig.h"

namespace weir::test {
namespace {

class errands : public testing::Test {
protected:
    errands() {
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
        r.service({.listen = "[2001:db8::100]:80/tcp", .servers = {"2001:db8:1::11"}});
    }
    /// More than a ring holds, while the control core does nothing.
    void flood(const packet& p) {
        for (unsigned i = 0; i < 3; ++i) {
            for (unsigned n = 0; n < 256; ++n)
                r.feed(wan, 0, p.bytes());
            for (unsigned n = 0; n < 10; ++n)
                r.poll_without_collecting();
        }
    }
    void expect_lost(const char* what, port_id port, const packet& p, drop_reason reason) {
        const std::uint64_t before = r.drops(reason);
        r.feed(port, 0, p.bytes());
        r.poll_without_collecting();
        EXPECT_EQ(r.drops(reason), before + 1) << what << ": " << r.books();
    }
    bool missed(std::string_view server) {
        return r.state().missed_since(*parse_address(server), r.state().clock.now());
    }
    static packet answer() {
        return from_host(lan, "198.51.100.11").to("198.51.100.1").tcp(80, 40000).ack();
    }
    static packet answer6() {
        return from_host(lan, "2001:db8:1::11").to("2001:db8:1::1").tcp(80, 40000).ack();
    }
    static packet junk() { return from_host(wan, "192.0.2.7").to("192.0.2.2").udp(4000, 9); }
    static packet arp() {
        return packet()
            .mac(mac_of("192.0.2.7"), mac_address::broadcast())
            .from("192.0.2.7")
            .to("192.0.2.2")
            .arp_request();
    }
    static packet from_vip() {
        return from_host(lan, "192.0.2.100").to("198.51.100.1").tcp(80, 40000).ack();
    }

    rig r;
};

TEST_F(errands, junk_for_linux_leaves_answers_to_checks_alone) {
    flood(junk());
    EXPECT_GT(r.drops(drop_reason::twin_full), 0u) << r.books();
    expect_lost("more junk", wan, junk(), drop_reason::twin_full);
    for (const packet& p :
         {answer(), answer6(), from_vip(),
          from_host(lan, "198.51.100.11").to("198.51.100.1").proto(1).payload(40)}) {
        r.feed(lan, 0, p.bytes());
        r.poll_without_collecting();
    }
    r.feed(wan, 0, arp().bytes());
    r.poll_without_collecting();
    r.turn();
    EXPECT_EQ(r.drops(drop_reason::checks_full) + r.drops(drop_reason::link_full), 0u);
    EXPECT_EQ(r.errands().size(), 511u + 4 + 1);
    EXPECT_FALSE(missed("198.51.100.11"));
    EXPECT_TRUE(missed("192.0.2.7"));
    EXPECT_TRUE(r.books_balance()) << r.books();
}

TEST_F(errands, floods_of_neighbour_discovery_leave_checks_alone_too) {
    for (unsigned i = 0; i < 600; ++i) {
        r.feed(wan, 0, arp().bytes());
        if (i % 32 == 31) r.poll_without_collecting();
    }
    EXPECT_GT(r.drops(drop_reason::link_full), 0u) << r.books();
    r.feed(lan, 0, answer().bytes());
    r.turn();
    EXPECT_EQ(r.drops(drop_reason::checks_full), 0u);
    EXPECT_EQ(r.errands().front().note.port, lan) << "the answer comes first";
}

TEST_F(errands, packets_that_wait_for_a_server_leave_the_rest_alone) {
    r.forget_neighbour(lan, "198.51.100.11");
    for (unsigned i = 0; i < 600; ++i) {
        r.feed(wan, 0, request(static_cast<std::uint16_t>(1000 + i)).syn().bytes());
        if (i % 32 == 31) r.poll_without_collecting();
    }
    EXPECT_GT(r.drops(drop_reason::neighbour_queue_full), 0u) << r.books();
    EXPECT_FALSE(missed("198.51.100.11")) << "it was not asked";
    r.feed(wan, 0, junk().bytes());
    r.feed(lan, 0, answer().bytes());
    r.turn();
    EXPECT_EQ(r.drops(drop_reason::twin_full) + r.drops(drop_reason::checks_full), 0u);
}

TEST_F(errands, a_lost_answer_is_known) {
    for (unsigned i = 0; i < 600; ++i) {
        r.feed(lan, 0, answer().bytes());
        if (i % 32 == 31) r.poll_without_collecting();
    }
    EXPECT_GT(r.drops(drop_reason::checks_full), 0u) << r.books();
    EXPECT_TRUE(missed("198.51.100.11"));
    EXPECT_FALSE(missed("198.51.100.12"));
    r.turn();
    r.pass_time(2);
    EXPECT_FALSE(missed("198.51.100.11")) << "that was before";
    EXPECT_TRUE(r.books_balance()) << r.books();
}

TEST_F(errands, a_lost_request_is_known) {
    for (const auto& [from, to] : {std::pair{"198.51.100.1", "198.51.100.11"},
                                   {"2001:db8:1::1", "2001:db8:1::11"},
                                   {"198.51.100.1", "192.0.2.100"}}) { // to=vip
        EXPECT_FALSE(missed(to));
        const packet p = packet()
                             .mac(port_mac(lan), mac_of("198.51.100.11"))
                             .from(from)
                             .to(to)
                             .tcp(40000, 80)
                             .syn();
        for (unsigned i = 0; i < 600; ++i) {
            r.from_linux(lan, 0, p.bytes());
            if (i % 32 == 31) r.poll_without_collecting();
        }
        EXPECT_GT(r.state().books[0].linux_lost.get(), 0u);
        EXPECT_TRUE(missed(to));
        r.turn();
        r.sent()[lan].clear();
    }
}

// Who forges a server's address fills the ring of the rest.
TEST_F(errands, one_address_has_its_share_of_the_class) {
    const unsigned share = checks_limit.to_one;
    const auto forged = packet(answer()).mac(mac_of("192.0.2.7"), port_mac(wan));
    for (unsigned i = 0; i < share; ++i) {
        r.feed(wan, 0, forged.bytes());
        if (i % 64 == 63) r.turn();
    }
    r.turn();
    r.errands().clear();
    flood(forged);
    EXPECT_GT(r.drops(drop_reason::twin_full), 0u) << r.books();
    EXPECT_EQ(r.drops(drop_reason::checks_full), 0u);
    r.feed(lan, 0, answer6().bytes());
    r.turn();
    EXPECT_EQ(r.drops(drop_reason::checks_full), 0u);
}

TEST_F(errands, an_error_that_quotes_a_server_is_of_the_rest) {
    const auto quoted = packet().from("198.51.100.11").to("192.0.2.2").tcp(80, 40000).bytes();
    flood(from_host(wan, "192.0.2.7").to("192.0.2.2").icmp(3, 1).about(quoted));
    EXPECT_GT(r.drops(drop_reason::twin_full), 0u) << r.books();
    EXPECT_EQ(r.drops(drop_reason::checks_full), 0u);
}

} // namespace
} // namespace weir::test
