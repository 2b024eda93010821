// What weir leaves as it is, and why docs/security.md says so: a blind FIN, a blind ABORT, SYN with
// FIN, datagrams without an answer at a threshold, and UDP that stays at the fallback. A change of
// any of these is a decision.

#include "rig.h"

namespace weir::test {
namespace {

struct family {
    const char *vip, *client, *first, *second, *third;
};
const family v4{"192.0.2.100", "192.0.2.7", "198.51.100.11", "198.51.100.12", "198.51.100.13"};
const family v6{"2001:db8::100", "2001:db8::7", "2001:db8:1::11", "2001:db8:1::12",
                "2001:db8:1::13"};

class decisions : public testing::TestWithParam<family> {
protected:
    const family& f = GetParam();

    std::string listener(const char* protocol) const {
        const std::string address = f.vip;
        return (address.find(':') == std::string::npos ? address : '[' + address + ']') + ":80/"
               + protocol;
    }
    packet from_client() const { return from_host(wan, f.client).to(f.vip); }
    packet segment(std::uint16_t port = 1) const { return from_client().tcp(port, 80); }
    void goes_to(const char* server, const char* what, const packet& p) {
        bytes_of_frame sent;
        r.expect(what).in(wan, p).out(lan, &sent);
        EXPECT_EQ(ip_in(sent).destination, address_of(server)) << what;
    }
    void is_refused(const char* what, const packet& p, drop_reason reason) {
        bytes_of_frame answer;
        r.expect(what).in(wan, p).out(wan, &answer).dropped(reason);
    }
    std::string state(std::uint8_t proto = 6, std::uint16_t port = 1) {
        const flow_key key{address_of(f.client), address_of(f.vip), be16::from_host(port),
                           be16::from_host(80), proto};
        flow_table& flows = *r.state().flows;
        const flow_ref found = flows.find(key, flows.hash(key), r.state().clock.now());
        return found ? std::string(name_of(flows[found].state.load())) : "none";
    }
    void wait(std::uint32_t seconds) {
        for (std::uint32_t s = 0; s < seconds; ++s) {
            r.pass_time(1);
            r.turn();
        }
    }
    /// A connection through NAT, open.
    void open() {
        bytes_of_frame sent;
        r.service({.listen = listener("tcp"), .mode = forward_mode::nat, .servers = {f.first}});
        r.expect("SYN").in(wan, segment().syn()).out(lan, &sent);
        r.expect("SYN-ACK")
            .in(lan, from_host(lan, f.first).to(f.client).tcp(80, 1).syn().ack())
            .out(wan, &sent);
        r.expect("ACK").in(wan, segment().ack()).out(lan, &sent);
        ASSERT_EQ(state(), "ESTABLISHED");
    }

    rig r;
};

TEST_P(decisions, a_blind_fin_only_shortens_what_weir_remembers) {
    open();
    goes_to(f.first, "a stranger's", segment().fin().ack().seq(77));
    EXPECT_EQ(state(), "CLOSE_WAIT");
    for (int n = 0; n < 5; ++n) {
        wait(59);
        goes_to(f.first, "the client's go on", segment().ack().psh());
    }
    EXPECT_EQ(r.state().flows->size(), 1u);
    wait(61);
    EXPECT_EQ(state(), "none") << "after tcp-close-wait of silence, not tcp-established";
}

TEST_P(decisions, a_blind_abort_only_shortens_what_weir_remembers) {
    r.service({.listen = listener("sctp"), .mode = forward_mode::tun, .servers = {f.first}});
    const packet p = from_client().sctp(1, 80);
    goes_to(f.first, "INIT", packet(p).init());
    goes_to(f.first, "COOKIE ECHO", packet(p).chunk(10, 100));
    EXPECT_EQ(state(132), "ESTABLISHED");
    goes_to(f.first, "a stranger's ABORT, of any tag", packet(p).chunk(6));
    EXPECT_EQ(state(132), "CLOSED");
    for (int n = 0; n < 5; ++n) { // more seldom than HEARTBEATs, RFC 9260 section 15: 30 s
        wait(60);
        goes_to(f.first, "the client's go on", packet(p).chunk(0, 33));
    }
    wait(62);
    EXPECT_EQ(state(132), "none");
}

TEST_P(decisions, a_syn_with_fin_is_no_more_than_a_syn) {
    for (const auto mode : {forward_mode::tun, forward_mode::nat}) {
        r.reload({});
        r.service({.listen = listener("tcp"), .mode = mode, .servers = {f.first}});
        goes_to(f.first, "SYN and FIN", segment().syn().fin());
        EXPECT_EQ(state(), "SYN_RECV");
        wait(11);
        EXPECT_EQ(state(), "none");
    }
}

TEST_P(decisions, datagrams_without_an_answer_count_towards_the_threshold) {
    const auto servers =
        r.service({.listen = listener("udp"), .mode = forward_mode::nat, .servers = {f.first}});
    r.state().servers->set_limits(servers[0], 2, 0);
    const auto ask = [&](std::uint16_t port) { return from_client().udp(port, 80); };
    goes_to(f.first, "one", ask(1));
    goes_to(f.first, "two", ask(2));
    is_refused("three", ask(3), drop_reason::no_destination);
    EXPECT_EQ(state(17, 1), "UDP") << "none gives its place";
    wait(31);
    goes_to(f.first, "half a minute later", ask(3));
}

TEST_P(decisions, udp_stays_at_the_fallback_while_it_speaks) {
    const auto servers = r.service({.listen = listener("udp"),
                                    .mode = forward_mode::tun,
                                    .servers = {f.first},
                                    .fallback = f.third});
    const packet p = from_client().udp(1, 80);
    r.plane().set_condition(servers[0], {.fit = health::fitness::bad});
    r.turn();
    goes_to(f.third, "no server", p);
    r.plane().set_condition(servers[0], {.fit = health::fitness::good});
    r.turn();
    goes_to(f.third, "one is back: its conversation goes on", p);
    goes_to(f.first, "a new one", from_client().udp(2, 80));
    wait(301);
    goes_to(f.first, "after a silence", p);
}

INSTANTIATE_TEST_SUITE_P(both_families, decisions, testing::Values(v4, v6),
                         [](const auto& of) { return of.index == 0 ? "IPv4" : "IPv6"; });

} // namespace
} // namespace weir::test
