#pragma once

// The agent-check protocol of HAProxy, which the agents of loadbalancer.org and others speak too: a
// server answers a connection with one line of words, in any order; of each kind the last holds.
//
//   up down stopped fail      health: the last three are down
//   ready drain maint         administration: drain is no new connections, maint is down
//   75%  weight:30  weight:50%    weight, in hundredths of the configured one or as a number
//   maxconn:30                understood, and of no use here
//   # why                     at the start of a word: a description, to the end of the line
//
// What a line does not mention stays as it was (agent_state). Source: HAProxy's configuration
// manual, `agent-check`, and the behaviour of 2.6. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::health {

enum class agent_health : std::uint8_t { up, down };
enum class agent_admin : std::uint8_t { ready, drain, maint };

struct agent_line {
    std::optional<agent_health> health;
    std::optional<agent_admin> admin;
    std::optional<unsigned> percent; ///< of the configured weight
    std::optional<unsigned> weight;
    std::string description;
    std::string unknown; ///< the first word that was not understood

    /// Does it say anything?
    bool empty() const { return !health && !admin && !percent && !weight; }
};

/// Bytes after which a line without an end is given up.
inline constexpr std::size_t longest_agent_line = 16384;

/// A line without its end.
agent_line read_agent_line(std::string_view line);

/// What an agent has said so far.
struct agent_state {
    agent_health health = agent_health::up;
    agent_admin admin = agent_admin::ready;
    std::optional<unsigned> percent; ///< nothing = the configured weight
    std::optional<unsigned> weight;

    void take(const agent_line& line);
    bool down() const { return health == agent_health::down || admin == agent_admin::maint; }
    /// The weight it asks for of a server with this configured weight, drain apart. A share can
    /// raise it to 256, HAProxy's highest, or to the configured one if that is more.
    unsigned wanted(unsigned configured) const;
};

} // namespace weir::health
