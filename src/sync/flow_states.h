#pragma once

// Which states flows of a protocol can have. What comes from outside, a peer's record or the memory
// of a process that has ended, is held against it.

#include <cstdint>

#include "flow/entry.h"
#include "flow/sctp_state.h"

namespace weir::sync {

/// Is it a live state that a protocol's flows have?
inline bool fits(std::uint8_t proto, std::uint8_t number) {
    if (number >= static_cast<std::uint8_t>(flow_state::dead)) return false;
    const auto state = static_cast<flow_state>(number);
    switch (proto) {
    case flow_entry::template_proto:
        return state == flow_state::template_none || state == flow_state::template_assured;
    case static_cast<std::uint8_t>(protocol::tcp):
        return state > flow_state::none && state < flow_state::udp_one_way;
    case static_cast<std::uint8_t>(protocol::udp):
        return state == flow_state::udp || state == flow_state::udp_one_way;
    case static_cast<std::uint8_t>(protocol::sctp):
        return is_sctp(state);
    default:
        return false;
    }
}

/// How far a connection is on its way from its first packet to its end. Where two directors had
/// packets of it in the same second, the one that says the greater number had the later one.
inline int progress_of(flow_state state) {
    switch (state) {
    case flow_state::none:
    case flow_state::syn_sent:
    case flow_state::udp_one_way:
    case flow_state::sctp_init1:
    case flow_state::sctp_init:
    case flow_state::template_none:
        return 0;
    case flow_state::syn_recv:
    case flow_state::listen:
    case flow_state::synack:
    case flow_state::sctp_cookie_sent:
    case flow_state::sctp_cookie_replied:
    case flow_state::sctp_cookie_wait:
    case flow_state::sctp_cookie:
    case flow_state::sctp_cookie_echoed:
        return 1;
    case flow_state::established:
    case flow_state::udp:
    case flow_state::sctp_established:
    case flow_state::template_assured:
        return 2;
    case flow_state::fin_wait:
    case flow_state::close_wait:
    case flow_state::reset:
    case flow_state::sctp_shutdown_sent:
    case flow_state::sctp_shutdown_received:
        return 3;
    case flow_state::last_ack:
    case flow_state::sctp_shutdown_ack_sent:
        return 4;
    case flow_state::time_wait:
    case flow_state::close:
    case flow_state::sctp_rejected:
    case flow_state::sctp_closed:
        return 5;
    case flow_state::dead:
        break;
    }
    return 6;
}

} // namespace weir::sync
