// Shared addresses whose virtual router has a MAC address of its own.

#include "shared_site.h"

namespace weir::test {
namespace {

class virtual_mac : public shared {
protected:
    virtual_mac() {
        const auto at = [](const char* address, port_id port, const mac_address& mac) {
            return shared_address{parse_address(address).value(), 1, port, mac};
        };
        r.plane().share({at("192.0.2.100", wan, router), at("2001:db8::100", wan, router6),
                         at("198.51.100.1", lan, gateway)},
                        {{wan, 51, false}, {wan, 51, true}, {lan, 52, false}});
        r.turn();
    }
    const mac_address router = vrrp_mac(false, 51);
    const mac_address router6 = vrrp_mac(true, 51);
    const mac_address gateway = vrrp_mac(false, 52);
};

TEST_F(virtual_mac, hosts_are_told_the_routers_address) {
    hold(1);
    r.expect("ARP").in(wan, who_has("192.0.2.100")).out(wan, &sent);
    const auto& arp = header_at<arp_header>(sent.data(), sizeof(ether_header));
    EXPECT_EQ(arp.sender_mac, router);
    EXPECT_EQ(header_at<ether_header>(sent.data(), 0).source, router);
    r.expect("solicitation").in(wan, from_client6().solicit("2001:db8::100")).out(wan, &sent);
    EXPECT_EQ(header_at<ether_header>(sent.data(), 0).source, router6);
    EXPECT_NE(std::search(sent.begin() + sizeof(ether_header), sent.end(),
                          reinterpret_cast<const std::byte*>(router6.bytes.data()),
                          reinterpret_cast<const std::byte*>(router6.bytes.data() + 6)),
              sent.end())
        << "in the option, too";
    r.expect("on another port, that port's")
        .in(lan, packet()
                     .mac(client_mac, everyone)
                     .from("198.51.100.11")
                     .to("192.0.2.100")
                     .arp_request())
        .out(lan, &sent);
    EXPECT_EQ(header_at<ether_header>(sent.data(), 0).source, port_mac(lan));
}

TEST_F(virtual_mac, who_holds_takes_frames_for_it) {
    hold(1);
    r.expect("SYN")
        .in(wan, request().syn().mac(client_mac, router))
        .out(lan, sent_on(request().syn(), lan, "198.51.100.11"));
    r.expect("of a known flow")
        .in(wan, request().ack().mac(client_mac, router))
        .out(lan, sent_on(request().ack(), lan, "198.51.100.11"));
    r.expect("for Linux, as if it went to the port")
        .in(lan,
            packet().mac(client_mac, gateway).from("198.51.100.11").to("203.0.113.9").udp(1, 2))
        .to_twin(lan);
}

TEST_F(virtual_mac, who_does_not_hold_drops_them) {
    r.expect("SYN").in(wan, request().syn().mac(client_mac, router)).dropped(drop_reason::not_held);
    r.expect("to Linux")
        .in(lan,
            packet().mac(client_mac, gateway).from("198.51.100.11").to("203.0.113.9").udp(1, 2))
        .dropped(drop_reason::not_held);
    hold(1);
    r.expect("a router of another port")
        .in(lan, packet().mac(client_mac, router).from("198.51.100.11").to("203.0.113.9").udp(1, 2))
        .dropped(drop_reason::not_for_us);
    r.expect("no router of ours")
        .in(wan, request().syn().mac(client_mac, vrrp_mac(false, 53)))
        .dropped(drop_reason::not_for_us);
    EXPECT_TRUE(r.books_balance()) << r.books();
}

} // namespace
} // namespace weir::test
