#pragma once

// Direct routing: the packet gets its server's MAC address, as every packet gets its next hop's,
// and stays as it is. The server has the VIP and answers the client itself. An ICMP error about
// what it said goes to it like any packet. Workers.

#include "worker/mode/mode.h"

namespace weir::inline worker::mode {

struct dr : without_header<dr> {
    static constexpr forward_mode kind = forward_mode::dr;

    template <lane>
    [[gnu::always_inline]] static bool to_server(const passage&, const port_rule&) noexcept {
        return true;
    }
};

} // namespace weir::inline worker::mode
