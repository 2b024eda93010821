#pragma once

// The agent-check protocol of HAProxy, which the agents of loadbalancer.org and others use too: a
// server answers a connection with one line of words, in any order; of each kind the last word
// counts.
//
//   up down stopped fail      health: the last three are down
//   ready drain maint         administration: drain is no new connections, maint is down
//   75%  weight:30  weight:50%    weight, in hundredths of the configured one or as a number
//   maxconn:30                accepted, and ignored
//   # why                     at the start of a word: a description, to the end of the line
//
// Anything that a line does not mention stays (agent_state). Source: HAProxy's configuration
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
    std::string unknown; ///< the first unknown word

    /// True if it has no known word.
    bool empty() const { return !health && !admin && !percent && !weight; }
};

/// The length at which a line without an end is given up, bytes.
inline constexpr std::size_t longest_agent_line = 16384;

/// A line without its line ending.
agent_line read_agent_line(std::string_view line);

/// An agent's words so far.
struct agent_state {
    agent_health health = agent_health::up;
    agent_admin admin = agent_admin::ready;
    std::optional<unsigned> percent; ///< none = the configured weight
    std::optional<unsigned> weight;

    void take(const agent_line& line);
    bool down() const { return health == agent_health::down || admin == agent_admin::maint; }
    /// The weight that it asks for, of a server with this configured weight; ignores drain. A share
    /// can raise the weight to 256, HAProxy's highest, or to the configured one if that is more.
    unsigned wanted(unsigned configured) const;
};

} // namespace weir::health
