#pragma once

// A director with a VIP of each family, and a client of each.

#include "rig.h"

namespace weir::test {

inline const mac_address client_mac{{0x02, 0, 0, 0, 0, 7}};
inline const mac_address everyone = mac_address::broadcast();

/// The VIPs of both families, and a client of each.
struct sides {
    const char* client;
    const char* vip;
    bool v6;
};
inline constexpr sides both[] = {{"192.0.2.7", "192.0.2.100", false},
                                 {"2001:db8::7", "2001:db8::100", true}};

class duties : public testing::Test {
protected:
    duties() {
        r.service({.listen = "192.0.2.100:80/tcp", .servers = {"198.51.100.11"}});
        r.service({.listen = "[2001:db8::100]:80/tcp", .servers = {"2001:db8:1::11"}});
    }
    packet to_vip(const sides& s) {
        return packet().mac(client_mac, port_mac(wan)).from(s.client).to(s.vip);
    }
    /// A packet about which weir tells the client that the VIP does not speak this.
    void expect_refused(const char* what, const sides& s, const packet& p) {
        r.expect(what).in(wan, p).out(wan, &sent).dropped(drop_reason::no_protocol);
        EXPECT_EQ(ip_in(sent).icmp_type(), s.v6 ? 4 : 3) << what;
        EXPECT_EQ(ip_in(sent).icmp_code(), s.v6 ? 1 : 2) << what;
        EXPECT_EQ(ip_in(sent).source, address_of(s.vip)) << what << ": from the VIP";
    }
    void expect_silence(const char* what, const packet& p, drop_reason reason) {
        r.expect(what).in(wan, p).dropped(reason);
    }

    rig r;
    bytes_of_frame sent;
};

} // namespace weir::test
