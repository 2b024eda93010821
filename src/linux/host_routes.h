#pragma once

// Host routes in Linux that say which VIPs this director serves, for a routing daemon to export
// (`announce = route`). They lie in a table of their own, with a protocol number of their own, and
// lead to a twin: so Linux itself takes them away when the process ends, however it ends, because
// the twin goes with it. Linux forwards nothing by them: packets for VIPs never reach it.
//
// Control core only.

#include <cstdint>
#include <set>
#include <string>

#include <netlink/socket.h>

#include "net/types.h"

namespace weir::linux {

class host_routes {
public:
    /// RTA_PROTOCOL of these routes: `proto 74` to ip(8).
    static constexpr std::uint8_t protocol = 74;

    /// Throws std::runtime_error if there is no netlink socket.
    host_routes();
    /// Takes all of them away.
    ~host_routes();
    host_routes(const host_routes&) = delete;
    host_routes& operator=(const host_routes&) = delete;

    /// From now on the routes lie in this table. Takes those in another one away.
    void use_table(std::uint32_t table);
    /// Makes the route to `vip` through an interface, if there is none. What is wrong, or "".
    std::string add(const ip_address& vip, int interface);
    /// Takes it away, if there is one.
    void remove(const ip_address& vip);
    /// Makes those again that Linux has dropped, as it does when an interface was down.
    void renew();

private:
    struct route {
        ip_address vip;
        int interface = 0;
        friend auto operator<=>(const route&, const route&) = default;
    };
    int ask(int type, int flags, const route& r) const;

    nl_sock* socket_;
    std::uint32_t table_ = 0;
    std::set<route> routes_;
};

} // namespace weir::linux
