#pragma once

// How packets change the state of a TCP connection: LVS's tables
// (net/netfilter/ipvs/ip_vs_proto_tcp.c), except for what strangers can forge. A director sees both
// directions of a NAT flow, but only the client's half in DR and TUN; those use the input-only
// table, which guesses the server's answers.
//
// Differences: a reset of an open connection leads to `reset`, and any other packet behind it back,
// since its ends judge resets by sequence numbers (RFC 5961 section 3), which a director does not
// know. In DR and TUN a connection is open with the second packet behind its SYN. In NAT workers
// let an ACK pass to this table only if it acknowledges the server's SYN-ACK
// (worker/forward.cpp). Constant data: any thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "flow/state.h"
#include "net/headers.h"

namespace weir::inline flow {

/// The first of flow_state.
inline constexpr std::size_t tcp_states = static_cast<std::size_t>(flow_state::reset) + 1;

namespace detail {

enum tcp_event : std::uint8_t { event_syn, event_fin, event_ack, event_rst, event_none };

/// RST before SYN before FIN before ACK. An honest segment has at least one of them.
constexpr tcp_event event_of(std::uint8_t flags) noexcept {
    if (flags & tcp_header::rst) return event_rst;
    if (flags & tcp_header::syn) return event_syn;
    if (flags & tcp_header::fin) return event_fin;
    if (flags & tcp_header::ack) return event_ack;
    return event_none;
}

using tcp_row = std::array<flow_state, tcp_states>;
using tcp_table = std::array<tcp_row, 5>;

// Short names keep the tables readable as tables.
inline constexpr auto NO = flow_state::none, ES = flow_state::established,
                      SS = flow_state::syn_sent, SR = flow_state::syn_recv,
                      FW = flow_state::fin_wait, TW = flow_state::time_wait, CL = flow_state::close,
                      CW = flow_state::close_wait, LA = flow_state::last_ack,
                      LI = flow_state::listen, SA = flow_state::synack, RS = flow_state::reset;

// clang-format off
inline constexpr std::array<tcp_table, 3> tcp_transitions{{
    {{ // input          NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA  RS
        /* syn */ tcp_row{SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR, SR}, // a new one, or again
        /* fin */ tcp_row{CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, TW, CW}, // the client closes
        /* ack */ tcp_row{ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES, ES}, // the handshake's last
        /* rst */ tcp_row{CL, RS, CL, SR, CL, CL, CL, CL, LA, LI, SR, RS}, // none in a handshake
        /* -   */ tcp_row{CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    }},
    {{ // output
        /* syn */ tcp_row{SS, ES, SS, SR, SS, SS, SS, SS, SS, LI, SR, ES}, // the server's SYN-ACK
        /* fin */ tcp_row{TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW, FW}, // the server closes
        /* ack */ tcp_row{ES, ES, SS, ES, FW, TW, CL, CW, LA, ES, ES, ES},
        /* rst */ tcp_row{CL, RS, SS, CL, CL, TW, CL, CL, CL, CL, CL, RS}, // refused
        /* -   */ tcp_row{CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    }},
    {{ // input only
        /* syn */ tcp_row{SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR, SR},
        /* fin */ tcp_row{CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, FW, FW}, // the server's: unseen
        /* ack */ tcp_row{ES, ES, SS, SA, FW, TW, CL, CW, CL, LI, ES, ES},
        /* rst */ tcp_row{CL, RS, CL, SR, CL, CL, CL, CL, LA, LI, CL, RS},
        /* -   */ tcp_row{CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    }},
}};
// clang-format on

} // namespace detail

/// The state that a TCP packet with these flags leads to. `state` must be a TCP state.
constexpr flow_state next_tcp_state(flow_state state, flow_direction direction,
                                    std::uint8_t tcp_flags) noexcept {
    return detail::tcp_transitions[static_cast<std::size_t>(direction)][detail::event_of(tcp_flags)]
                                  [static_cast<std::size_t>(state)];
}

} // namespace weir::inline flow
