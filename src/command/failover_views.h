#pragma once

// What commands see of other directors: virtual routers and what they track, peers that are kept in
// step, hosts that claim a VIP. Plain values, as in views.h.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/types.h"

namespace weir::command {

/// Something that a group of virtual routers tracks.
struct tracked_info {
    std::string name; ///< "ping gateway"
    int priority = 0; ///< 0: a fault while bad; above: added while good; below: while bad
    bool good = true;
    bool proven = false;                         ///< has had an answer
    std::string why;                             ///< the last answer
    std::chrono::system_clock::time_point since; ///< good or bad
};

/// A virtual router (`[vrrp NAME]`).
struct vrrp_info {
    std::string name;
    std::string group; ///< that it moves with; its own name when it is alone
    std::string port;
    std::uint8_t id = 0;
    std::string_view state;               ///< of its group
    std::uint8_t priority = 0;            ///< as it is now
    std::uint8_t configured_priority = 0; ///< by which it began
    std::string waits_for;                ///< at its start, before it takes addresses; "" = nothing
    std::vector<tracked_info> tracked;    ///< by its group
    std::chrono::system_clock::time_point since; ///< the state
    std::string why;                             ///< it is in it
    std::vector<ip_address> addresses;
    std::uint64_t transitions = 0; ///< of its group
    std::uint64_t splits = 0;      ///< advertisements of a worse one while its group was active
    std::uint64_t sent = 0;
    std::uint64_t unsent = 0; ///< no room on the way to a worker
    std::uint64_t heard = 0;
    std::uint64_t announced = 0;
    std::uint64_t other_addresses = 0; ///< heard with another list of addresses
    std::vector<std::pair<std::string_view, std::uint64_t>> refused; ///< by fault
};

/// A way for heartbeats to a peer.
struct link_info {
    std::string name; ///< "udp 192.0.2.3:7412"
    bool up = false;
    std::optional<std::uint64_t> silent{}; ///< milliseconds since the peer was heard; none: never
    std::uint64_t round_trip = 0;          ///< microseconds; 0: not known
    std::uint64_t sent = 0;
    std::uint64_t heard = 0;
    std::vector<std::pair<std::string_view, std::uint64_t>> refused{};
    std::string trouble{}; ///< why it cannot be used; "" = it can
};

/// A director that is kept in step (`[peer NAME]`).
struct peer_info {
    std::string name;
    std::string director;  ///< as it calls itself; "" = never met
    std::string address;   ///< and port
    bool in_step = false;  ///< each has all that the other has
    bool tells = false;    ///< its connections come to us
    bool listens = false;  ///< ours go to it
    double filled = 0;     ///< how much of the table it was told, 0 to 1
    std::uint64_t lag = 0; ///< milliseconds by which it may be behind
    std::uint64_t told = 0;
    std::uint64_t adopted = 0;
    std::uint64_t no_room_there = 0; ///< connections that its table had no room for
    std::uint64_t no_room_here = 0;
    std::uint32_t unknown_there = 0; ///< servers that its file lacks
    std::uint32_t unknown_here = 0;
    std::string first_unknown; ///< of those that are not here
    bool files_differ = false;
    std::uint64_t losses = 0;                    ///< of connections between the two
    std::chrono::system_clock::time_point since; ///< in step, or not
    std::string why;                             ///< it is not; "" = it is
    std::vector<link_info> links{};
};

/// Another host that has said a VIP is its own.
struct rival_info {
    ip_address address;
    mac_address mac;
    std::string port;
    std::chrono::system_clock::time_point since; ///< first heard
    std::chrono::system_clock::time_point seen;  ///< last heard
    std::uint64_t claims = 0;
};

} // namespace weir::command
