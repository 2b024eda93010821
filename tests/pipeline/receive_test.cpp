// What becomes of a frame before anything is known of it: what the device says of its checksum and
// its tag, and whom it is for.

#include "rig.h"

namespace weir::test {
namespace {

const mac_address client_mac{{0x02, 0, 0, 0, 0, 7}};

packet request(const std::string& from, const std::string& to) {
    return from_host(wan, from).to(to).tcp(40001, 80);
}

class receive : public testing::Test {
protected:
    /// A rig with a service of each family whose connections are open.
    void open(rig& r) {
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
        r.service({.listen = "[2001:db8::100]:80/tcp", .servers = {"2001:db8:1::11"}});
        bytes_of_frame sent;
        for (const packet& p : {v4, v6}) {
            r.expect("SYN").in(wan, packet(p).syn()).out(lan, &sent);
            r.expect("ACK").in(wan, packet(p).ack()).out(lan, &sent);
        }
    }
    const packet v4 = request("192.0.2.7", "192.0.2.100");
    const packet v6 = request("2001:db8::7", "2001:db8::100");
};

TEST_F(receive, believes_what_the_device_says_of_a_checksum) {
    rig r;
    open(r);
    bytes_of_frame sent;
    bytes_of_frame wrong = packet(v4).ack().bytes();
    wrong[24] ^= std::byte{1};
    for (const auto unsure : {0ull, RTE_MBUF_F_RX_IP_CKSUM_NONE}) {
        r.expect("right").seen_as(unsure).in(wan, packet(v4).ack()).out(lan, &sent);
        r.expect("wrong").seen_as(unsure).in(wan, wrong).dropped(drop_reason::bad_checksum);
    }
    r.expect("bad, it says")
        .seen_as(RTE_MBUF_F_RX_IP_CKSUM_BAD)
        .in(wan, packet(v4).ack())
        .dropped(drop_reason::bad_checksum);
    r.expect("IPv6 has none")
        .seen_as(RTE_MBUF_F_RX_IP_CKSUM_BAD)
        .in(wan, packet(v6).ack())
        .out(lan, &sent);
    // Not looked at again; the sum stays as wrong as it was.
    r.feed(wan, 0, wrong, RTE_MBUF_F_RX_IP_CKSUM_GOOD);
    r.turn();
    ASSERT_EQ(r.sent()[lan].size(), 1u);
    r.sent()[lan].pop_front();
}

TEST_F(receive, puts_back_the_tag_that_a_device_took_out) {
    constexpr std::uint16_t tag = 7;
    rig r({.lan_vlan = tag});
    open(r);
    constexpr std::uint64_t stripped = RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_VLAN;
    const packet in = packet(v4).mac(mac_of("198.51.100.7"), port_mac(lan)).ack();
    bytes_of_frame sent;
    for (const auto checksum : {0ull, RTE_MBUF_F_RX_IP_CKSUM_GOOD}) {
        r.expect("its tag").seen_as(stripped | checksum, tag).in(lan, in).out(lan, &sent);
        r.expect("another tag")
            .seen_as(stripped | checksum, tag + 1)
            .in(lan, in)
            .dropped(drop_reason::wrong_vlan);
        r.expect("no tag").seen_as(checksum).in(lan, in).dropped(drop_reason::wrong_vlan);
    }
}

/// A frame of two tags is no port's, whichever of them the device took out.
TEST_F(receive, puts_back_both_tags) {
    constexpr std::uint16_t tag = 7;
    rig r({.lan_vlan = tag});
    open(r);
    constexpr std::uint64_t stripped = RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_VLAN
                                       | RTE_MBUF_F_RX_QINQ_STRIPPED | RTE_MBUF_F_RX_QINQ;
    const packet in = packet(v4).mac(mac_of("198.51.100.7"), port_mac(lan)).ack();
    for (const int outer : {0, 5, 7})
        r.expect("the port's tag within another")
            .seen_as(stripped, tag, static_cast<std::uint16_t>(outer))
            .in(lan, in)
            .dropped(drop_reason::wrong_vlan);
    const packet to_wan = packet(v4).ack();
    for (const int inner : {0, 5})
        r.expect("a tag within none")
            .seen_as(stripped, static_cast<std::uint16_t>(inner), 0)
            .in(wan, to_wan)
            .to_twin(wan);
}

TEST_F(receive, joins_what_a_device_brings_in_pieces) {
    rig r;
    open(r);
    bytes_of_frame sent;
    r.set_cut(60);
    for (const packet& p : {v4, v6}) {
        r.expect("cut").in(wan, packet(p).ack().payload(1000)).out(lan, &sent);
        EXPECT_GT(sent.size(), 1000u);
    }
    r.set_headroom(9000); // of 10000
    for (const packet& p : {v4, v6})
        r.expect("no room for the rest")
            .in(wan, packet(p).ack().payload(1000))
            .dropped(drop_reason::oversized);
}

/// A card that is pulled: no worker may touch its queues when it is closed.
TEST_F(receive, leaves_a_device_that_is_given_back) {
    rig r;
    open(r);
    bool left = false;
    r.plane().leave_device(r.plane().ports()[wan].device, [&left] { left = true; });
    r.feed(wan, 0, packet(v4).ack().bytes());
    for (int turns = 0; turns < 3; ++turns)
        r.turn();
    EXPECT_TRUE(left);
    EXPECT_TRUE(r.sent()[lan].empty()) << "it was received";
    r.from_linux(wan, 0, packet(v4).ack().bytes());
    r.turn();
    EXPECT_TRUE(r.sent()[wan].empty());
}

TEST_F(receive, takes_frames_to_all_for_nobodys) {
    rig r({.lan_vlan = 7});
    open(r);
    const auto to_all = [&](const packet& p) {
        return packet(p).mac(client_mac, mac_address::broadcast()).ack();
    };
    for (const packet& p : {v4, v6}) {
        r.expect("a port of tagged frames").in(lan, to_all(p)).dropped(drop_reason::wrong_vlan);
        r.expect("a VIP's, to all").in(wan, to_all(p)).dropped(drop_reason::martian);
        r.expect("somebody else's")
            .in(wan, packet(p).mac(client_mac, port_mac(lan)).ack())
            .dropped(drop_reason::not_for_us);
    }
}

} // namespace
} // namespace weir::test
