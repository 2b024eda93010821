#pragma once

// A director that shares addresses with another one.

#include <string_view>

#include "net/vrrp.h"
#include "rig.h"

namespace weir::test {

inline const mac_address client_mac{{0x02, 0, 0, 0, 0, 7}};
inline const mac_address other_mac{{0x02, 0, 0, 0, 0, 9}}; // another director's
inline const mac_address everyone = mac_address::broadcast();

class shared : public testing::Test {
protected:
    shared() {
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
        r.service({.listen = "192.0.2.100:443/tcp",
                   .mode = forward_mode::nat,
                   .servers = {"198.51.100.12"}});
        r.service({.listen = "[2001:db8::100]:53/udp", .servers = {"2001:db8:1::11"}});
        r.plane().share({{parse_address("192.0.2.100").value(), 1},
                         {parse_address("2001:db8::100").value(), 1},
                         {parse_address("192.0.2.1").value(), 200}},
                        {{wan, 51, false}, {wan, 51, true}});
        r.turn();
    }
    packet from_client() { return packet().mac(client_mac, port_mac(wan)).from("192.0.2.7"); }
    packet from_client6() { return packet().mac(client_mac, port_mac(wan)).from("2001:db8::7"); }
    packet who_has(std::string_view address) {
        return packet().mac(client_mac, everyone).from("192.0.2.7").to(address).arp_request();
    }
    /// Until the time stamp counter is so far on.
    void hold(ha::group_id group, std::uint64_t ticks = std::uint64_t{1} << 50) {
        r.state().lease.groups[group / 64] |= std::uint64_t{1} << group % 64;
        r.state().lease.until = rte_rdtsc() + ticks;
    }
    void let_go() {
        for (auto& bits : r.state().lease.groups)
            bits = 0;
    }
    void pass_to_other(port_id port = wan, std::uint64_t ticks = std::uint64_t{1} << 50) {
        r.state().successions.set(1, static_cast<std::uint8_t>(port), other_mac,
                                  rte_rdtsc() + ticks);
    }
    static packet passed(packet p, port_id port = wan) {
        return p.mac(port_mac(port), other_mac).ttl(63);
    }
    /// An advertisement of VRID `id`, as an IP packet in a frame to the group.
    bytes_of_frame advertisement(std::uint8_t id, bool v6 = false) {
        const ip_address vip = parse_address(v6 ? "2001:db8::100" : "192.0.2.100").value();
        bytes_of_frame frame(sizeof(ether_header) + vrrp_room);
        const std::size_t length =
            make_vrrp({.source = parse_address(v6 ? "fe80::3" : "192.0.2.3").value(),
                       .destination = vrrp_group(v6),
                       .id = id,
                       .priority = 100,
                       .interval = 100,
                       .addresses = {&vip, 1}},
                      std::span(frame).subspan(sizeof(ether_header)));
        frame.resize(sizeof(ether_header) + length);
        header_at<ether_header>(frame.data(), 0) = {vrrp_group_mac(v6), client_mac,
                                                    ether_type_of(v6)};
        return frame;
    }
    ha::letter_ring& to_send() { return r.state().posts[0].memory->to_send; }
    ha::letter_ring& received() { return r.state().posts[0].memory->received; }

    rig r;
    bytes_of_frame sent;
};

} // namespace weir::test
