// Tunnels through less than IPv6 promises its senders: 1280 bytes always pass, in pieces of the
// tunnel packet (RFC 2473 section 7.1, RFC 4213 section 3.2.2).

#include "rig.h"

namespace weir::test {
namespace {

const std::string vip = "2001:db8::100";
const std::string server6 = "2001:db8:1::11";
const std::string server4 = "198.51.100.11";

/// Of this many bytes, IPv6 and TCP headers included.
packet request(std::size_t size) {
    return from_host(wan, "2001:db8::7").to(vip).tcp(1, 80).ack().payload(size - 60);
}

/// The tunnel packet it becomes.
packet tunnelled(const packet& request, const std::string& server, const std::string& own) {
    return packet()
        .mac(port_mac(lan), mac_of(server))
        .from(own)
        .to(server)
        .ttl(63)
        .carry(packet(request).ttl(63).bytes());
}

service_settings service_at(const std::string& server) {
    return {.listen = "[" + vip + "]:80/tcp", .mode = forward_mode::tun, .servers = {server}};
}

/// Opens the connection of request().
void open(rig& r) {
    bytes_of_frame sent;
    const packet syn = from_host(wan, "2001:db8::7").to(vip).tcp(1, 80).syn();
    r.expect("SYN").in(wan, syn).out(lan, &sent);
}

/// The client is told 1280, and nothing smaller.
void is_too_big(rig& r, std::size_t size) {
    bytes_of_frame sent;
    r.expect("too big").in(wan, request(size)).out(wan, &sent).dropped(drop_reason::too_big);
    EXPECT_EQ(ip_in(sent).icmp_type(), 2);
    EXPECT_EQ(ip_in(sent).icmp_mtu(), 1280u);
}

TEST(narrow_tunnel, ipv6_in_ipv6_is_cut_up_outside) {
    constexpr std::size_t mtu = 1303; // pieces end at multiples of 8
    rig r({.lan_mtu = mtu});
    r.service(service_at(server6));
    open(r);
    std::uint32_t last = 0;
    for (const std::size_t size : {mtu - 40 + 1, std::size_t{1280}}) {
        bytes_of_frame first, second;
        r.expect("in two pieces").in(wan, request(size)).out(lan, &first).out(lan, &second);
        const std::uint32_t id = ip_in(first).id;
        EXPECT_NE(std::exchange(last, id), id);
        const auto wanted =
            fragments_of(tunnelled(request(size), server6, "2001:db8:1::1").bytes(), mtu, id);
        ASSERT_EQ(wanted.size(), 2u);
        EXPECT_EQ(first, wanted[0]) << describe(first) << "\n" << describe(wanted[0]);
        EXPECT_EQ(second, wanted[1]) << describe(second) << "\n" << describe(wanted[1]);
    }
    r.expect("whole, as long as it fits")
        .in(wan, request(mtu - 40))
        .out(lan, tunnelled(request(mtu - 40), server6, "2001:db8:1::1"));
    is_too_big(r, 1281);
}

TEST(narrow_tunnel, a_piece_that_is_too_big_on_its_way_teaches_the_path) {
    rig r({.lan_mtu = 1310});
    const auto servers = r.service(service_at(server6));
    open(r);
    bytes_of_frame first, second;
    r.expect("two pieces").in(wan, request(1280)).out(lan, &first).out(lan, &second);
    EXPECT_EQ(ip_in(first).length, 1310u / 8 * 8) << "as much as fits";
    r.expect("a router on the tunnel's way")
        .in(lan,
            from_host(lan, "2001:db8:1::3").to("2001:db8:1::1").icmp(2, 0, 1280).about(first, 1000))
        .dropped(drop_reason::tunnel_error);
    EXPECT_EQ(r.state().servers->target(servers[0]).path_mtu, 1280u);
    r.expect("smaller pieces").in(wan, request(1280)).out(lan, &first).out(lan, &second);
    EXPECT_EQ(first.size(), 14u + 1280u);
    EXPECT_EQ(second.size(), 14u + 48u + 48u);
    is_too_big(r, 1281);
}

TEST(narrow_tunnel, ipv6_in_ipv4_may_be_cut_up_on_its_way) {
    rig r;
    const auto servers = r.service(service_at(server4));
    open(r);
    r.state().servers->target(servers[0]).path_mtu = 1290;
    r.expect("fits: as ever, with DF")
        .in(wan, request(1270))
        .out(lan, tunnelled(request(1270), server4, "198.51.100.1").df());
    bytes_of_frame sent;
    r.expect("without DF, and numbered").in(wan, request(1280)).out(lan, &sent);
    const std::uint32_t id = ip_in(sent).id;
    EXPECT_NE(id, 0u);
    EXPECT_EQ(sent, tunnelled(request(1280), server4, "198.51.100.1").id(id).bytes());
    is_too_big(r, 1281);
}

TEST(narrow_tunnel, ipv6_in_ipv4_is_cut_up_where_the_link_is_narrow) {
    constexpr std::size_t mtu = 1290;
    rig r({.lan_mtu = mtu});
    r.service(service_at(server4));
    open(r);
    bytes_of_frame first, second;
    r.expect("two pieces").in(wan, request(1280)).out(lan, &first).out(lan, &second);
    const auto wanted = fragments_of(tunnelled(request(1280), server4, "198.51.100.1").bytes(), mtu,
                                     ip_in(first).id);
    ASSERT_EQ(wanted.size(), 2u);
    EXPECT_EQ(first, wanted[0]);
    EXPECT_EQ(second, wanted[1]);
}

} // namespace
} // namespace weir::test
