// The packets of checks that go to a VIP: what leaves is a client's, what comes back is the
// server's, and nobody else's packets are touched.

#include <array>
#include <memory>
#include <random>

#include "linux/detours.h"
#include "unit/net/fixture.h"

namespace weir::linux {
namespace {

using namespace std::chrono_literals;
using namespace test;

/// A frame in a packet buffer, without EAL.
class buffer {
public:
    explicit buffer(const bytes_of_frame& frame, std::size_t headroom = RTE_PKTMBUF_HEADROOM) {
        m_->buf_addr = room_.data();
        m_->buf_len = static_cast<std::uint16_t>(room_.size());
        m_->data_off = static_cast<std::uint16_t>(headroom);
        m_->nb_segs = 1;
        m_->data_len = static_cast<std::uint16_t>(frame.size());
        m_->pkt_len = m_->data_len;
        std::copy(frame.begin(), frame.end(), room_.begin() + m_->data_off);
    }
    rte_mbuf* get() { return m_.get(); }
    bytes_of_frame bytes() const {
        const auto* const data = rte_pktmbuf_mtod(m_, const std::byte*);
        return {data, data + m_->data_len};
    }

private:
    std::unique_ptr<rte_mbuf> m_ = std::make_unique<rte_mbuf>();
    std::array<std::byte, 4096> room_{};
};

/// Where a check goes, in both families.
struct place {
    std::string_view own; ///< the director's address
    std::string_view server;
    std::string_view vip;
};
constexpr place v4{"192.0.2.2", "192.0.2.11", "192.0.2.100"};
constexpr place v6{"2001:db8::2", "2001:db8::11", "2001:db8::100"};

health::detour way_to(const place& at, protocol proto = protocol::tcp) {
    return {.proto = proto,
            .local_port = 40001,
            .local = {},
            .server = address(at.server),
            .port = 80,
            .vip = address(at.vip)};
}

packet between(std::string_view from, std::string_view to) {
    return packet().from(from).to(to);
}

class detouring : public testing::Test {
protected:
    detouring() {
        port.v4 = address(v4.own);
        port.v6 = address(v6.own);
    }
    bytes_of_frame out(const bytes_of_frame& frame) {
        buffer b(frame);
        EXPECT_EQ(d.on_the_way_out(b.get(), port), drop_reason::none);
        return b.bytes();
    }
    bytes_of_frame out(const packet& p) { return out(p.bytes()); }
    bytes_of_frame in(const bytes_of_frame& frame) {
        buffer b(frame);
        d.on_the_way_in(b.get());
        return b.bytes();
    }
    bytes_of_frame in(const packet& p) { return in(p.bytes()); }
    void untouched_out(const char* what, const packet& p) { expect_frame(what, out(p), p.bytes()); }
    void untouched_in(const char* what, const packet& p) { expect_frame(what, in(p), p.bytes()); }

    std::optional<flow_key> flow; ///< that workers have
    loop::clock time = loop::clock::standing_at(1h);
    detours d{time, [this](const flow_key& key) { return key == flow; }};
    port_rule port;
};

TEST_F(detouring, makes_packets_a_clients_and_answers_the_servers) {
    for (const place& at : {v4, v6}) {
        const auto there = [&] { return between(at.own, at.server); };
        const auto to_vip = [&] { return between(at.own, at.vip); };
        const auto from_vip = [&] { return between(at.vip, at.own); };
        const auto back = [&] { return between(at.server, at.own); };
        d.open(way_to(at));
        d.open(way_to(at, protocol::udp));
        EXPECT_FALSE(d.taken(way_to(at)));
        expect_frame("SYN", out(there().tcp(40001, 80).syn()),
                     to_vip().tcp(40001, 80).syn().bytes());
        EXPECT_TRUE(d.taken(way_to(at)));
        EXPECT_FALSE(d.taken(way_to(at, protocol::udp)));
        expect_frame("data", out(there().tcp(40001, 80).ack().payload(333)),
                     to_vip().tcp(40001, 80).ack().payload(333).bytes());
        expect_frame("tagged", out(there().vlan(9).tcp(40001, 80).ack()),
                     to_vip().vlan(9).tcp(40001, 80).ack().bytes());
        expect_frame("datagram", out(there().udp(40001, 80).payload(9)),
                     to_vip().udp(40001, 80).payload(9).bytes());
        expect_frame("SYN, ACK", in(from_vip().tcp(80, 40001).syn().ack()),
                     back().tcp(80, 40001).syn().ack().bytes());
        expect_frame("answer", in(from_vip().udp(80, 40001).payload(99)),
                     back().udp(80, 40001).payload(99).bytes());
    }
}

TEST_F(detouring, goes_through_the_tunnels_of_workers) {
    for (const auto& [at, how] : {std::pair{v4, encapsulation::ipip}, {v6, encapsulation::gre}}) {
        health::detour way = way_to(at);
        way.tunnel = how;
        d.open(way);
        const packet inner = between(at.own, at.vip).df().tcp(40001, 80).syn();
        expect_frame("SYN", out(between(at.own, at.server).df().tcp(40001, 80).syn()),
                     between(at.own, at.server).df().carry(inner.bytes(), how).bytes());
        expect_frame("tagged", out(between(at.own, at.server).vlan(9).df().tcp(40001, 80).syn()),
                     between(at.own, at.server).vlan(9).df().carry(inner.bytes(), how).bytes());
        expect_frame("SYN, ACK", in(between(at.vip, at.own).tcp(80, 40001).syn().ack()),
                     between(at.server, at.own).tcp(80, 40001).syn().ack().bytes());
    }
}

TEST_F(detouring, drops_what_its_tunnel_has_no_room_for) {
    health::detour way = way_to(v4);
    way.tunnel = encapsulation::ipip;
    d.open(way);
    const auto of = [](std::size_t payload) {
        return between(v4.own, v4.server).df().tcp(40001, 80).ack().payload(payload).bytes();
    };
    constexpr std::size_t fits = 1500 - 20 - 20 - 20;
    EXPECT_EQ(parsed(out(of(fits))).kind, packet_kind::tunnelled);
    EXPECT_EQ(d.on_the_way_out(buffer(of(fits + 1)).get(), port), drop_reason::too_big);
    EXPECT_EQ(d.on_the_way_out(buffer(of(0), 19).get(), port), drop_reason::oversized);
}

TEST_F(detouring, brings_back_errors_about_packets_to_the_vip) {
    for (const place& at : {v4, v6}) {
        d.open(way_to(at, protocol::udp));
        const bytes_of_frame asked = between(at.own, at.vip).udp(40001, 80).payload(9).bytes();
        const bytes_of_frame as_asked =
            between(at.own, at.server).udp(40001, 80).payload(9).bytes();
        const std::uint8_t type = at.own == v4.own ? 3 : 1;
        const std::uint8_t code = at.own == v4.own ? 3 : 4;
        expect_frame("port unreachable", in(between(at.vip, at.own).icmp(type, code).about(asked)),
                     between(at.server, at.own).icmp(type, code).about(as_asked).bytes());
    }
}

TEST_F(detouring, leaves_the_packets_of_others_alone) {
    const auto there = [] { return between(v4.own, v4.server); };
    const auto back = [] { return between(v4.vip, v4.own); };
    untouched_out("no detour at all", there().tcp(40001, 80).syn());
    untouched_in("no detour at all", back().tcp(80, 40001).ack());
    health::detour way = way_to(v4);
    way.local = address(v4.own);
    d.open(way);
    untouched_out("another local port", there().tcp(40002, 80).syn());
    untouched_out("another port", there().tcp(40001, 81).syn());
    untouched_out("another protocol", there().udp(40001, 80));
    untouched_out("another server", between(v4.own, "192.0.2.12").tcp(40001, 80).syn());
    untouched_out("another local address", between("192.0.2.3", v4.server).tcp(40001, 80).syn());
    untouched_out("first fragment",
                  there().id(7).fragment(0, true).tcp(40001, 80).ack().payload(32));
    untouched_out("later fragment", there().id(7).fragment(32, false).tcp(40001, 80).payload(32));
    untouched_out("ping", there().echo(1, 1));
    untouched_in("another local port", back().tcp(80, 40002).ack());
    untouched_in("another port", back().tcp(81, 40001).ack());
    untouched_in("another protocol", back().udp(80, 40001));
    untouched_in("another VIP", between("192.0.2.101", v4.own).tcp(80, 40001).ack());
    untouched_in("another local address", between(v4.vip, "192.0.2.3").tcp(80, 40001).ack());
    untouched_in("the server's own", between(v4.server, v4.own).tcp(80, 40001).ack());
    untouched_in("first fragment", back().id(7).fragment(0, true).tcp(80, 40001).ack().payload(32));
    untouched_in(
        "an error about another's",
        between(v4.vip, v4.own).icmp(3, 3).about(between(v4.own, v4.vip).udp(40002, 80).bytes()));
    EXPECT_FALSE(d.taken(way));
}

TEST_F(detouring, knows_the_answer_of_another_server_by_the_flow_that_led_there) {
    d.open(way_to(v4));
    const packet answer = between(v4.vip, v4.own).tcp(80, 40001).syn().ack();
    flow =
        flow_key{address(v4.own), address(v4.vip), be16::from_host(40001), be16::from_host(80), 6};
    untouched_in("sent back to us", answer);
    flow->source_port = be16::from_host(40002);
    EXPECT_NE(in(answer), answer.bytes());
}

TEST_F(detouring, lasts_until_the_last_packets_have_come_and_no_longer) {
    const packet fin = between(v4.own, v4.server).tcp(40001, 80).fin().ack();
    const packet last = between(v4.vip, v4.own).tcp(80, 40001).fin().ack();
    const packet datagram = between(v4.own, v4.server).udp(40001, 80);
    d.open(way_to(v4));
    d.open(way_to(v4, protocol::udp));
    time.wind(1h);
    d.forget();
    EXPECT_EQ(d.count(), 2u) << "as long as they are open";
    d.close(way_to(v4));
    d.close(way_to(v4, protocol::udp));
    EXPECT_NE(out(fin), fin.bytes());
    EXPECT_NE(in(last), last.bytes());
    untouched_out("a datagram after the close is another's", datagram);
    time.wind(59s);
    d.forget();
    EXPECT_EQ(d.count(), 2u);
    time.wind(1s);
    d.forget();
    EXPECT_EQ(d.count(), 0u);
    untouched_out("forgotten", fin);
    untouched_in("forgotten", last);
}

TEST_F(detouring, ends_with_the_first_connection_of_another_process) {
    const packet syn = between(v4.own, v4.server).tcp(40001, 80).syn();
    d.open(way_to(v4));
    d.close(way_to(v4));
    untouched_out("another's SYN", syn);
    EXPECT_EQ(d.count(), 0u);
    untouched_out("another's data", between(v4.own, v4.server).tcp(40001, 80).ack().payload(1));
    // A port that comes round to another probe is that one's.
    d.open(way_to(v4));
    d.close(way_to(v4));
    health::detour next = way_to(v4);
    next.vip = address("192.0.2.101");
    d.open(next);
    expect_frame("the next probe's", out(syn),
                 between(v4.own, "192.0.2.101").tcp(40001, 80).syn().bytes());
    EXPECT_EQ(d.count(), 1u);
}

TEST_F(detouring, never_reads_past_what_is_there) {
    for (const place& at : {v4, v6}) {
        health::detour way = way_to(at);
        way.tunnel = encapsulation::ipip;
        d.open(way);
        d.open(way_to(at, protocol::udp));
        const bytes_of_frame asked = between(at.own, at.vip).udp(40001, 80).payload(9).bytes();
        const std::uint8_t type = at.own == v4.own ? 3 : 1;
        const std::array whole{between(at.own, at.server).tcp(40001, 80).syn().bytes(),
                               between(at.vip, at.own).tcp(80, 40001).syn().ack().bytes(),
                               between(at.vip, at.own).icmp(type, 3).about(asked).bytes()};
        std::mt19937 random(7);
        for (const bytes_of_frame& frame : whole)
            for (std::size_t size = 0; size < frame.size(); ++size) {
                const bytes_of_frame cut(frame.begin(), frame.begin() + static_cast<long>(size));
                EXPECT_EQ(in(cut), cut) << size;
                EXPECT_EQ(out(cut), cut) << size;
                // Any byte may be any other, too: nothing to be seen but to AddressSanitizer.
                bytes_of_frame odd = frame;
                odd[size] = static_cast<std::byte>(random());
                buffer b(odd);
                d.on_the_way_in(b.get());
                buffer c(odd);
                d.on_the_way_out(c.get(), port);
            }
    }
}

} // namespace
} // namespace weir::linux
