#pragma once

// What a core saw of one packet, as it travels from a worker to the control core: found before,
// decided, and what became of it. Plain values, copied whole; the packet's first bytes follow it,
// as it came and as it left. Whoever shows it knows nothing of workers.

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "flow/mode.h"
#include "flow/state.h"
#include "flow/target.h"
#include "net/packet_view.h"
#include "net/types.h"
#include "service/neighbours.h"

namespace weir::watch {

/// Which moment in a packet's life.
enum class moment : std::uint8_t {
    handled, ///< a worker took it, from receiving it to its end
    left,    ///< a frame went out of a port (watch::order::frames)
    lost,    ///< a packet that had been handled was dropped later: in a queue, or while it waited
};

/// What became of it.
enum class outcome : std::uint8_t {
    sent,     ///< out of a port, or on its way through the worker that has the port's queue
    dropped,  ///< for `reason`
    to_linux, ///< to the twin of its port
    held,     ///< for its next hop, which does not answer yet
    passed,   ///< to the worker that handles its flow
    waits,    ///< a fragment, for the first of its packet
    taken,    ///< weir's own business: VRRP, an advertisement
};
constexpr std::string_view name_of(outcome o) noexcept {
    constexpr std::array<std::string_view, 7> names{"sent",   "dropped", "to_linux", "held",
                                                    "passed", "waits",   "taken"};
    return names[static_cast<std::size_t>(o)];
}

/// Why this server.
enum class choice : std::uint8_t {
    none,       ///< no server is concerned
    known,      ///< its flow was in the table
    scheduler,  ///< a new flow: the scheduler's choice
    persistent, ///< a new flow: where its client's template leads
    fallback,   ///< a new flow: no server could take it
    slot,       ///< without an entry: the table is or was full
    once,       ///< without an entry: one-packet scheduling
    reply,      ///< a server's answer without an entry
};
constexpr std::string_view name_of(choice c) noexcept {
    constexpr std::array<std::string_view, 8> names{"none",     "known", "scheduler",  "persistent",
                                                    "fallback", "slot",  "one_packet", "reply"};
    return names[static_cast<std::size_t>(c)];
}

/// A flow as the table had it at one moment.
struct flow_sight {
    bool known = false;
    bool reverse = false; ///< the packet is its server's
    bool persistent = false;
    flow_state state = flow_state::none;
    std::uint32_t silent = 0; ///< seconds since its last packet
};

struct sighting {
    std::uint64_t cycles = 0; ///< time stamp counter
    packet_view view;         ///< its key is the packet's own even where it could not be parsed
    moment when = moment::handled;
    outcome end = outcome::sent;
    drop_reason reason = drop_reason::none;
    choice why = choice::none;
    std::uint8_t core = 0;     ///< the worker; their number: the control core
    bool from_wire = true;     ///< false: from another core
    bool table_full = false;   ///< there was no room for an entry
    bool over_share = false;   ///< its service had its share of the table
    bool new_template = false; ///< and its client's next connections go there, too
    bool answered = false;     ///< weir told the sender: a reset, an ICMP error
    bool withheld = false;     ///< it would have, but for a limit
    port_id port = 0;          ///< it came in through; max_ports = none
    port_id out_port = 0;      ///< it left through, or its next hop is on
    std::uint16_t device = 0;  ///< DPDK port id
    std::uint16_t length = 0;  ///< of the frame, bytes
    std::uint16_t out_length = 0;
    std::uint16_t pieces = 0; ///< frames that left
    flow_sight before;
    flow_sight after;
    target_id target = 0; ///< 0 = no server is concerned
    be16 server_port;
    forward_mode mode = forward_mode::dr;
    ip_address server;
    ip_address next_hop; ///< of a packet that is held
    std::array<char, 64> service{};
    std::array<char, 16> scheduler{};
    std::uint16_t bytes_in = 0;  ///< that follow: of the frame as it came,
    std::uint16_t bytes_out = 0; ///< and as it left
};
static_assert(std::is_trivially_copyable_v<sighting>);

} // namespace weir::watch
