#pragma once

// A forwarding mode as workers know it: a class without objects, in a file of its own, that says
// what the mode does to a packet for the server, to one for the client, and to an ICMP error. The
// express lane (worker/express.h) and the long way (worker/pass_on.cpp) instantiate the same text.
// flow/mode.h has what holds elsewhere; modes.h lists the classes. Each of them has
//
//   kind                         its forward_mode
//   overhead                     bytes it puts in front of the IP packet
//   leaves_v6                    of a mode that tunnels: the family of the outer header
//   largest(server, mtu)         bytes of the largest IP packet through a port of this MTU
//   to_server<lane>(passage)     the rewrite; TTL or hop limit is lowered already, and there are
//                                `overhead` bytes in front. False: it cannot be done, the packet is
//                                spoilt
//   send(passage, way)           a packet of any kind on its way to the server, rewrite included;
//                                false: it has not got as far, dropped
//   send_error(...)              the same of an ICMP error about a packet of the server's
//
// and, where replies pass through us,
//
//   to_client<lane>(passage)     the rewrite of a server's packet
//   error_to_client(passage)     and of an ICMP error about a packet to the server
//
// `local` alone has none of them but `kind`: such packets are Linux's. Workers.

#include "flow/entry.h"
#include "net/rewrite.h"
#include "worker/egress.h"

namespace weir::inline worker::mode {

/// Who rewrites: the express lane is sure of a whole TCP or UDP packet in an untagged frame.
enum class lane : bool { express, long_way };

/// A packet, and between whom it passes.
struct passage {
    packet& p;
    std::byte* frame; ///< p.frame(), as read before anything was written
    const flow_target& server;
    const ip_address& vip;
    const be16& vip_port;
    egress& out;
};

/// Where the IP header is.
template <lane in>
[[gnu::always_inline]] inline std::byte* ip_of(const passage& x) noexcept {
    return x.frame + (in == lane::express ? sizeof(ether_header) : x.p.view.l3);
}

/// For modes that put nothing in front.
template <typename Mode>
struct without_header {
    static constexpr std::size_t overhead = 0;

    static std::uint16_t largest(const flow_target&, std::uint16_t mtu) noexcept { return mtu; }

    static bool send(const passage& x, const way_out& way) noexcept {
        if (!x.out.fits(x.p, way.port->mtu)) return false;
        decrement_ttl(x.p.ip(), x.p.view.v6);
        if (!Mode::template to_server<lane::long_way>(x, *way.port)) [[unlikely]] {
            x.out.drop(x.p, drop_reason::sctp_fragment);
            return false;
        }
        return x.out.send(x.p, way);
    }
    static bool send_error(const passage& x, const way_out& way) noexcept { return send(x, way); }
};

} // namespace weir::inline worker::mode
