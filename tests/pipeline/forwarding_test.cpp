// Known and new flows through DR, TUN, NAT and local, both families.

#include "rig.h"

namespace weir::test {
namespace {

const std::string vip = "192.0.2.100";
const std::string vip6 = "2001:db8::100";

/// From a client to the VIP, as it arrives at the wan port.
packet request(const std::string& to, std::uint16_t port = 40001) {
    return from_host(wan, to == vip ? "192.0.2.7" : "2001:db8::7").to(to).tcp(port, 80);
}

struct family {
    const char* name;
    std::string vip, listen, client, server, other, server_with_port;
};
const family families[] = {
    {"IPv4", vip, vip + ":80/tcp", "192.0.2.7", "198.51.100.11", "198.51.100.12",
     "198.51.100.11:8080"},
    {"IPv6", vip6, "[" + vip6 + "]:80/tcp", "2001:db8::7", "2001:db8:1::11", "2001:db8:1::12",
     "[2001:db8:1::11]:8080"},
};

TEST(forwarding, what_cannot_be_cut_up_is_not_counted_as_sent_on) {
    rig r({.lan_mtu = 1400});
    const auto servers = r.service({.listen = vip + ":80/tcp", .servers = {"198.51.100.11"}});
    bytes_of_frame sent;
    r.expect("SYN").in(wan, request(vip).syn()).out(lan, &sent);
    const packet large = from_host(wan, "192.0.2.7")
                             .to(vip)
                             .options({1, 1, 1, 1})
                             .tcp(40001, 80)
                             .ack()
                             .payload(1400);
    r.expect("options").in(wan, large).dropped(drop_reason::oversized);
    EXPECT_EQ(r.state().servers->totals(servers[0]).in_packets, 1u);
}

TEST(forwarding, dr_changes_the_link_header_and_the_ttl_only) {
    for (const family& f : families) {
        rig r;
        const auto servers =
            r.service({.listen = f.listen, .servers = {f.server, f.other}, .scheduler = "rr"});
        const auto to = [&](packet p, const std::string& server) {
            return sent_on(p, lan, server);
        };
        r.expect("SYN").in(wan, request(f.vip).syn()).out(lan, to(request(f.vip).syn(), f.server));
        r.expect("data")
            .in(wan, request(f.vip).ack().payload(100))
            .out(lan, to(request(f.vip).ack().payload(100), f.server));
        r.expect("the next client")
            .in(wan, request(f.vip, 40002).syn())
            .out(lan, to(request(f.vip, 40002).syn(), f.other));
        const server_totals totals = r.state().servers->totals(servers[0]);
        EXPECT_EQ(totals.connections, 1u) << f.name;
        EXPECT_EQ(totals.in_packets, 2u) << f.name;
        EXPECT_EQ(totals.out_packets, 0u) << f.name;
        EXPECT_EQ(r.state().servers->load(servers[0]).active, 1u) << f.name;
    }
}

TEST(forwarding, nat_translates_both_ways) {
    for (const family& f : families) {
        rig r;
        const auto servers = r.service(
            {.listen = f.listen, .mode = forward_mode::nat, .servers = {f.server_with_port}});
        r.expect("SYN")
            .in(wan, request(f.vip).syn())
            .out(lan, sent_on(packet(), lan, f.server)
                          .from(f.client)
                          .to(f.server)
                          .tcp(40001, 8080)
                          .syn());
        r.expect("SYN ACK")
            .in(lan, from_host(lan, f.server)
                         .to(f.client)
                         .tcp(8080, 40001)
                         .syn()
                         .acknowledge(1001)
                         .payload(33))
            .out(wan, sent_on(packet(), wan, f.client)
                          .from(f.vip)
                          .to(f.client)
                          .tcp(80, 40001)
                          .syn()
                          .acknowledge(1001)
                          .payload(33));
        const server_totals totals = r.state().servers->totals(servers[0]);
        EXPECT_EQ(totals.in_packets, 1u);
        EXPECT_EQ(totals.out_packets, 1u);
    }
}

TEST(forwarding, udp_without_checksum_stays_without) {
    rig r;
    r.service({.listen = vip + ":53/udp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    const auto question = [](std::uint16_t port) {
        return from_host(wan, "192.0.2.7").to(vip).udp(port, 53).payload(20);
    };
    bytes_of_frame sent;
    r.expect("no checksum").in(wan, question(5000).no_checksum()).out(lan, &sent);
    EXPECT_EQ(ip_in(sent).udp_checksum(), 0);
    r.expect("checksum").in(wan, question(5001)).out(lan, &sent);
    EXPECT_NE(ip_in(sent).udp_checksum(), 0);
}

TEST(forwarding, tunnels_carry_either_family_in_either) {
    for (const family& inner : families) {
        for (const family& outer : families) {
            rig r;
            r.service(
                {.listen = inner.listen, .mode = forward_mode::tun, .servers = {outer.server}});
            bytes_of_frame sent;
            r.expect("tunnel").in(wan, request(inner.vip).syn().payload(64)).out(lan, &sent);
            const bool v6 = outer.name == std::string("IPv6");
            EXPECT_EQ(ether_type_in(sent), v6 ? 0x86dd : 0x0800);
            const std::size_t inner_at = 14 + (v6 ? 40u : 20u);
            const auto expected = request(inner.vip).ttl(63).syn().payload(64).bytes();
            EXPECT_EQ(
                bytes_of_frame(sent.begin() + static_cast<std::ptrdiff_t>(inner_at), sent.end()),
                bytes_of_frame(expected.begin() + 14, expected.end()))
                << inner.name << " in " << outer.name;
            EXPECT_EQ(ip_in(sent).proto, inner.name == std::string("IPv6") ? 41 : 4);
        }
    }
}

TEST(forwarding, tunnel_packets_are_told_apart_when_cut_up) {
    rig r;
    r.service({.listen = vip + ":80/tcp", .mode = forward_mode::tun, .servers = {"198.51.100.11"}});
    bytes_of_frame first;
    bytes_of_frame second;
    r.expect("SYN").in(wan, request(vip).syn()).out(lan, &first);
    r.expect("again").in(wan, request(vip).syn()).out(lan, &second);
    EXPECT_NE(ip_in(first).id, ip_in(second).id);
}

TEST(forwarding, what_may_be_cut_fits_into_any_tunnel) {
    for (const family& outer : families) {
        rig r;
        r.service(
            {.listen = vip + ":80/tcp", .mode = forward_mode::tun, .servers = {outer.server}});
        bytes_of_frame first, second;
        r.expect("a packet as large as the port allows")
            .in(wan, request(vip).syn().payload(1460))
            .out(lan, &first)
            .out(lan, &second);
        const bool v6 = outer.name == std::string("IPv6");
        EXPECT_LE(first.size(), 1514u);
        // The pieces of an IPv4 tunnel packet, or two IPv6 tunnel packets with a piece each.
        EXPECT_EQ(ip_in(first).more, !v6);
        if (!v6) continue;
        EXPECT_EQ(ip_in(first).length + sizeof(ether_header), first.size());
        EXPECT_EQ(ip_in(second).length + sizeof(ether_header), second.size());
        const ip_seen one = carried_by(ip_in(first));
        const ip_seen two = carried_by(ip_in(second));
        EXPECT_EQ(one.offset, 0u);
        EXPECT_TRUE(one.more);
        EXPECT_EQ(two.offset, one.load.size());
        EXPECT_FALSE(two.more);
        EXPECT_EQ(one.length + two.length, 1500u + 20u);
        EXPECT_EQ(two.ttl, 63);
    }
}

TEST(forwarding, a_piece_too_large_for_the_tunnel_is_cut_again) {
    rig r;
    r.service(
        {.listen = vip + ":80/tcp", .mode = forward_mode::tun, .servers = {"2001:db8:1::11"}});
    const auto whole = request(vip).syn().payload(4000).bytes();
    for (const bytes_of_frame& piece : fragments_of(whole, 1500, 77)) {
        if (piece.size() < 1500) continue; // the last one fits
        bytes_of_frame first, second;
        r.expect("a piece").in(wan, piece).out(lan, &first).out(lan, &second);
        const ip_seen one = carried_by(ip_in(first));
        const ip_seen two = carried_by(ip_in(second));
        EXPECT_EQ(one.offset, ip_in(piece).offset);
        EXPECT_EQ(two.offset, one.offset + one.load.size());
        EXPECT_TRUE(one.more && two.more) << "more pieces follow, as they follow the original";
    }
}

TEST(forwarding, local_goes_to_the_twin_unchanged) {
    rig r;
    r.service({.listen = vip + ":80/tcp", .mode = forward_mode::local, .servers = {"192.0.2.2"}});
    r.expect("SYN").in(wan, request(vip).syn()).to_twin(wan);
}

TEST(forwarding, vlan_tags_come_and_go_with_the_port) {
    rig r({.lan_vlan = 5});
    r.service({.listen = vip + ":80/tcp", .mode = forward_mode::nat, .servers = {"198.51.100.11"}});
    r.expect("into the VLAN")
        .in(wan, request(vip).syn())
        .out(lan, packet()
                      .mac(port_mac(lan), mac_of("198.51.100.11"))
                      .vlan(5)
                      .ttl(63)
                      .from("192.0.2.7")
                      .to("198.51.100.11")
                      .tcp(40001, 80)
                      .syn());
    const packet reply = from_host(lan, "198.51.100.11").to("192.0.2.7").tcp(80, 40001).syn().ack();
    r.expect("out of it")
        .in(lan, packet(reply).vlan(5))
        .out(wan, sent_on(packet(), wan, "192.0.2.7")
                      .from(vip)
                      .to("192.0.2.7")
                      .tcp(80, 40001)
                      .syn()
                      .ack());
    r.expect("no tag").in(lan, reply).dropped(drop_reason::wrong_vlan);
    r.expect("another tag").in(lan, packet(reply).vlan(6)).dropped(drop_reason::wrong_vlan);
}

TEST(forwarding, an_unknown_neighbour_is_asked_for_and_the_packet_kept_as_it_is) {
    rig r;
    const auto servers = r.service({.listen = vip + ":80/tcp", .servers = {"198.51.100.11"}});
    r.forget_neighbour(lan, "198.51.100.11");
    r.expect("SYN").in(wan, request(vip).syn()).waits_for(lan, "198.51.100.11");
    EXPECT_EQ(r.state().servers->totals(servers[0]).in_packets, 0u);
}

} // namespace
} // namespace weir::test
