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

} // namespace weir::sync
