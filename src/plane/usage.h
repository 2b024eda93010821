#pragma once

// Which servers of a service take new connections, from what checks and the operator say of each.
// The rule keeps checks from doing harm:
//
//   good       used.
//   unproven   used unless some server is good and another is bad. So a service that is new,
//              renamed or has all its ports changed serves from the first packet.
//   held       used while no server is good, and while fewer than `min-up` are used.
//   bad        used while fewer than `min-up` are used with all of the above: when most servers
//              fall at once, spreading clients over all of them is better than crushing the rest.
//   withdrawn  never used.
//
// Servers of weight 0, disabled ones and ones that cannot be reached count for nothing. Pure.

#include <cstdint>
#include <optional>
#include <span>

#include "config/model.h"
#include "health/condition.h"
#include "service/idle.h"

namespace weir::plane {

/// A server as the rule sees it.
struct candidate {
    health::fitness fit = health::fitness::good;
    bool able = true; ///< would get connections if its checks were good
    std::int32_t weight = 1;
};

/// What a service falls back on, beyond its good servers.
struct usage {
    bool unproven = false;
    bool held = false;
    bool bad = false;
    unsigned able = 0; ///< servers that could be used
    unsigned good = 0; ///< of these
    unsigned used = 0; ///< of these, the next two included
    unsigned held_used = 0;
    unsigned bad_used = 0;
    std::uint64_t weight = 0; ///< of the used ones that are not bad, together
    bool quorate = true;      ///< that is enough (config::quorum_rule)

    /// Does a server take new connections, as far as its checks count?
    bool takes(health::fitness fit) const noexcept;
    friend bool operator==(const usage&, const usage&) = default;
};

/// What its checks have against a server, in an operator's word; nothing = they are good.
std::optional<idle_reason> doubt_of(health::fitness fit) noexcept;

/// `had_quorum`: before.
usage usage_of(std::span<const candidate> servers, const config::least_up& least,
               const config::quorum_rule& quorum = {}, bool had_quorum = true);

} // namespace weir::plane
