#pragma once

// Network address translation: to the server, the destination becomes the server's address and
// port; its replies come back through us, and their source becomes the VIP and its port. An ICMP
// error is translated inside and out, whichever way it goes (RFC 5508 section 4.2). Workers.

#include "worker/mode/mode.h"

namespace weir::inline worker::mode {

struct nat : without_header<nat> {
    static constexpr forward_mode kind = forward_mode::nat;

    template <lane in>
    [[gnu::always_inline]] static bool to_server(const passage& x, const port_rule&) noexcept {
        return translate<in>(x, side::destination, x.server.address, x.server.port_for(x.vip_port));
    }
    template <lane in>
    [[gnu::always_inline]] static bool to_client(const passage& x) noexcept {
        return translate<in>(x, side::source, x.vip, x.vip_port);
    }

    static bool send_error(const passage& x, const way_out& way) noexcept {
        decrement_ttl(x.p.ip(), x.p.view.v6);
        translate_icmp_error(x.frame, x.p.view, side::source, x.server.address,
                             x.server.port_for(x.vip_port));
        return x.out.send(x.p, way);
    }
    static void error_to_client(const passage& x) noexcept {
        translate_icmp_error(x.frame, x.p.view, side::destination, x.vip, x.vip_port);
    }

private:
    template <lane in>
    [[gnu::always_inline]] static bool translate(const passage& x, side which,
                                                 const ip_address& address, be16 port) noexcept {
        if constexpr (in == lane::long_way)
            return rewriting::translate(x.frame, x.p.view, which, address, port,
                                        x.p.view.kind != packet_kind::fragment);
        translate_plain(x.frame, x.p.view, which, address, port);
        return true;
    }
};

} // namespace weir::inline worker::mode
