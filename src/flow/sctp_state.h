#pragma once

// How packets change the state of an SCTP association: LVS's tables
// (net/netfilter/ipvs/ip_vs_proto_sctp.c). The states are the server's, derived from its packets
// and the client's (RFC 9260 section 4), plus some for a handshake in progress:
//
//   INIT1       the client's first INIT; its timeout is short, for INITs may be forged
//   INIT        another one
//   C-SENT      the server has answered with a cookie (INIT ACK)
//   C-REPLIED   the client has sent it back (COOKIE ECHO)
//   C-WAIT, COOKIE, C-ECHOED   the same, begun by the server
//   S-...       a shutdown, by who began it
//   REJECTED    the server's ABORT was the answer to the first INIT
//
// The chunk is the first of a packet, or an ABORT after a cookie (net/parse_ip.cpp). Constant data:
// any thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "flow/state.h"
#include "net/headers.h"

namespace weir::inline flow {

inline constexpr std::size_t sctp_states = 14; ///< flow_state::none and the states of SCTP

namespace detail {

enum sctp_event : std::uint8_t {
    on_data, ///< and every chunk that does not change the association: SACK, HEARTBEAT, unknown
             ///< types
    on_init,
    on_init_ack,
    on_cookie_echo,
    on_cookie_ack,
    on_shutdown,
    on_shutdown_ack,
    on_shutdown_complete,
    on_error,
    on_abort,
    sctp_events
};

constexpr sctp_event event_of_chunk(std::uint8_t type) noexcept {
    switch (type) {
    case sctp_init:
        return on_init;
    case sctp_init_ack:
        return on_init_ack;
    case sctp_cookie_echo:
        return on_cookie_echo;
    case sctp_cookie_ack:
        return on_cookie_ack;
    case sctp_shutdown:
        return on_shutdown;
    case sctp_shutdown_ack:
        return on_shutdown_ack;
    case sctp_shutdown_complete:
        return on_shutdown_complete;
    case sctp_error:
        return on_error;
    case sctp_abort:
        return on_abort;
    default:
        return on_data;
    }
}

namespace sctp_names {

// Short names keep the tables readable as tables.
inline constexpr auto I1 = flow_state::sctp_init1, IN = flow_state::sctp_init,
                      CS = flow_state::sctp_cookie_sent, CR = flow_state::sctp_cookie_replied,
                      CW = flow_state::sctp_cookie_wait, CO = flow_state::sctp_cookie,
                      CE = flow_state::sctp_cookie_echoed, ES = flow_state::sctp_established,
                      SS = flow_state::sctp_shutdown_sent, SR = flow_state::sctp_shutdown_received,
                      SA = flow_state::sctp_shutdown_ack_sent, RJ = flow_state::sctp_rejected,
                      CL = flow_state::sctp_closed;

using row = std::array<flow_state, sctp_states>;
using table = std::array<row, sctp_events>;

// clang-format off
inline constexpr std::array<table, 3> transitions{{
    {{ // input                   NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL
        /* data              */ row{ES, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL},
        /* INIT              */ row{I1, IN, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, IN, IN}, // a new association, or again
        /* INIT ACK          */ row{CW, CW, CW, CS, CR, CO, CO, CE, ES, SS, SR, SA, RJ, CL}, // the server began
        /* COOKIE ECHO       */ row{CR, IN, IN, CR, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL},
        /* COOKIE ACK        */ row{ES, I1, IN, CS, CR, CW, CO, ES, ES, SS, SR, SA, RJ, CL},
        /* SHUTDOWN          */ row{SR, I1, IN, CS, CR, CW, CO, CE, SR, SS, SR, SA, RJ, CL}, // the client closes
        /* SHUTDOWN ACK      */ row{CL, IN, IN, CS, CR, CW, CO, CE, ES, CL, SR, CL, RJ, CL},
        /* SHUTDOWN COMPLETE */ row{CL, CL, CL, CS, CR, CW, CO, CE, ES, SS, SR, CL, RJ, CL},
        /* ERROR             */ row{CL, I1, IN, CS, CR, CW, CO, CL, ES, SS, SR, SA, RJ, CL}, // a stale cookie
        /* ABORT             */ row{CL, CL, CL, CL, CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL},
    }},
    {{ // output                  NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL
        /* data              */ row{ES, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL},
        /* INIT              */ row{CW, CW, CW, CW, CW, CW, CW, CW, ES, CW, CW, CW, CW, CW},
        /* INIT ACK          */ row{CS, CS, CS, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL},
        /* COOKIE ECHO       */ row{CE, CE, CE, CE, CE, CE, CE, CE, ES, SS, SR, SA, RJ, CL},
        /* COOKIE ACK        */ row{ES, ES, ES, ES, ES, ES, ES, ES, ES, SS, SR, SA, RJ, CL}, // the handshake's last step
        /* SHUTDOWN          */ row{SS, SS, SS, SS, SS, SS, SS, SS, SS, SS, SR, SA, RJ, CL}, // the server closes
        /* SHUTDOWN ACK      */ row{SA, SA, SA, SA, SA, CW, CO, CE, ES, SA, SA, SA, RJ, CL},
        /* SHUTDOWN COMPLETE */ row{CL, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL},
        /* ERROR             */ row{CL, CL, CL, CL, CL, CW, CO, CE, ES, SS, SR, SA, RJ, CL},
        /* ABORT             */ row{CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL}, // refused
    }},
    {{ // input only              NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL
        /* data              */ row{ES, I1, IN, CS, CR, ES, CO, CE, ES, SS, SR, SA, RJ, CL},
        /* INIT              */ row{I1, IN, IN, IN, IN, IN, CO, CE, ES, SS, SR, SA, IN, IN},
        /* INIT ACK          */ row{CE, CE, CE, CE, CE, CE, CO, CE, ES, SS, SR, SA, RJ, CL},
        /* COOKIE ECHO       */ row{ES, ES, ES, ES, ES, ES, CO, CE, ES, SS, SR, SA, RJ, CL}, // the server's answer is unseen
        /* COOKIE ACK        */ row{ES, I1, IN, ES, ES, CW, ES, ES, ES, SS, SR, SA, RJ, CL},
        /* SHUTDOWN          */ row{SR, I1, IN, CS, CR, CW, CO, CE, SR, SS, SR, SA, RJ, CL},
        /* SHUTDOWN ACK      */ row{CL, IN, IN, CS, CR, CW, CO, CE, CL, CL, SR, CL, RJ, CL},
        /* SHUTDOWN COMPLETE */ row{CL, CL, CL, CL, CL, CW, CO, CE, ES, SS, CL, CL, RJ, CL},
        /* ERROR             */ row{CL, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL},
        /* ABORT             */ row{CL, CL, CL, CL, CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL},
    }},
}};
// clang-format on

} // namespace sctp_names

} // namespace detail

/// The state that a packet with this chunk leads to. `state` must be none, or a state of SCTP.
constexpr flow_state next_sctp_state(flow_state state, flow_direction direction,
                                     std::uint8_t chunk_type) noexcept {
    const std::size_t column = state == flow_state::none
                                   ? 0
                                   : static_cast<std::size_t>(state)
                                         - static_cast<std::size_t>(flow_state::sctp_init1) + 1;
    return detail::sctp_names::transitions[static_cast<std::size_t>(direction)]
                                          [detail::event_of_chunk(chunk_type)][column];
}

} // namespace weir::inline flow
