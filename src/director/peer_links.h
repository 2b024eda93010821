#pragma once

// Heartbeat links (links/keeper.h) as the control core sees them: it makes the thread of the peers'
// `link` lines, tells the log and commands of links that fall silent, says when a link is all that
// keeps a group from being taken, and runs `fence` where a group waits for it. Control core only.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command/views.h"
#include "config/model.h"
#include "director/events.h"
#include "ha/plan.h"
#include "links/keeper.h"
#include "loop/event_loop.h"

namespace weir::director {

class peer_links {
public:
    /// All outlive it.
    peer_links(const ha::lease& held, const loop::event_loop& loop, events& to)
        : held_(held), loop_(loop), events_(to) {}

    /// A group, as links go by it.
    struct group {
        std::string name;
        ha::group_id id = 0;
        std::shared_ptr<ha::group_counts> counts;
    };

    /// Reads the keys. Throws std::runtime_error.
    void prepare(const config::configuration& wanted);
    /// Runs the links of what was prepared.
    void commit(const config::configuration& now, std::vector<group> groups);
    /// For the heart's plan.
    std::vector<std::shared_ptr<ha::peer_ears>> ears() const;

    /// Looks at what has changed: every few milliseconds.
    void look();
    /// How many hosts of each ping group answer here: "ping gateway".
    void set_pings(const std::vector<std::pair<std::string, unsigned>>& hosts);
    /// At the peer that sees most; none: no link says.
    std::optional<unsigned> hosts_seen(const std::string& ping) const;
    /// A peer holds a group again: it is no longer fenced.
    void forget_fences();

    /// "lb-b": the peer that a transition names; its links may have gone by now.
    std::string peer_name(int number) const;
    std::vector<command::link_info> describe(const std::string& peer) const;

private:
    struct link_state {
        std::optional<bool> up{}; ///< none: it has neither spoken nor been given up yet
        loop::clock::time_point since{};
    };
    struct peer {
        config::peer wanted;
        std::shared_ptr<links::talk> talk;
        std::vector<link_state> states{};
        bool fencing = false;
        loop::clock::time_point fence_again{};
    };

    void look_at(peer& p);
    void look_at_fences(peer& p);
    bool is_silent(const peer& p) const;
    void tell(const peer& p, const ha::link_ear& ear, bool up, const std::string& why);

    const ha::lease& held_;
    const loop::event_loop& loop_;
    events& events_;
    std::vector<links::peer_settings> prepared_;
    std::unique_ptr<links::keeper> keeper_;
    std::vector<group> groups_;
    std::vector<peer> peers_;
    std::array<std::uint16_t, 256> kept_back_by_{}; ///< as the log has it, by group
};

} // namespace weir::director
