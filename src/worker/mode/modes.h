#pragma once

// The list of modes: from what a server's slot says to the class that does it (mode.h). Workers.

#include <bit>
#include <cstdint>

#include "worker/mode/dr.h"
#include "worker/mode/local.h"
#include "worker/mode/nat.h"
#include "worker/mode/tun.h"

namespace weir::inline worker::mode {

template <typename Mode>
concept returns = requires(const passage& x) {
    Mode::error_to_client(x);
};

constexpr std::uint16_t number_of(forwarding how) noexcept {
    return std::bit_cast<std::uint16_t>(how);
}

/// Calls `visit` with the class of the server's mode, and returns what it returns.
template <typename Visit>
[[gnu::always_inline]] inline bool with_mode(const flow_target& server, Visit&& visit) noexcept {
    const auto call = [&]<typename Mode>(Mode m) __attribute__((always_inline)) {
        static_assert(returns<Mode> == replies_return(Mode::kind));
        return visit(m);
    };
    const auto in_tunnel = [&]<typename E>(E) __attribute__((always_inline)) {
        return server.address.is_v6() ? call(tun<E, true>{}) : call(tun<E, false>{});
    };
    // Mode and encapsulation are one number, in this order: every packet pays for each comparison.
    const std::uint16_t number = number_of(server.forward);
    if (number == number_of({nat::kind})) return call(nat{});
    if (number == number_of({forward_mode::tun, encapsulation::ipip})) return in_tunnel(ipip{});
    static_assert(number_of({dr::kind}) == 0
                  && number_of({forward_mode::tun, encapsulation::ipip}) == 1);
    if (number < 1) return call(dr{});
    // `unlikely` keeps the ways above as short as without these.
    if constexpr (encapsulations > 1)
        if (server.forward.mode == forward_mode::tun) [[unlikely]]
            return with_encapsulation<1>(server.forward.encap, in_tunnel);
    return call(local{});
}

/// The same of a server whose replies pass through us: NAT's are the only ones.
template <typename Visit>
[[gnu::always_inline]] inline bool with_returning_mode(const flow_target&, Visit&& visit) noexcept {
    static_assert(detail::modes_with(&mode_facts::replies_return)
                  == 1u << static_cast<unsigned>(nat::kind));
    return visit(nat{});
}

} // namespace weir::inline worker::mode
