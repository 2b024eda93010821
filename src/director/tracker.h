#pragma once

// Watches what VRRP groups track: links of ports, hosts that answer pings, scripts, services with
// servers. Pings and scripts are checks like those of servers, by a health::monitor of their own;
// equal ones run once. A thing that has no verdict yet is taken for good. What a thing does to its
// groups is their own matter (failover_tracks.cpp).
//
// Control core only.

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/model.h"
#include "health/monitor.h"
#include "loop/event_loop.h"

namespace weir::director {

class tracker {
public:
    /// What it sees of the rest of the director.
    struct surroundings {
        std::function<bool(const std::string& port)> has_link;
        /// Servers that a service uses; 0 if there is no such service.
        std::function<unsigned(const std::string& service)> servers_in_use;
    };
    struct verdict {
        bool good = true;
        bool proven = false; ///< there has been an answer
    };

    tracker(loop::event_loop& loop, health::detour_maker& detours, surroundings around);

    /// Makes the checks of these sections ready. Throws std::runtime_error.
    void prepare(const std::vector<config::vrrp>& wanted);
    /// Watches what these sections track. What was watched before keeps its state.
    void apply(const std::vector<config::vrrp>& wanted);

    /// Numbers of the things that a section tracks, in the order of the file.
    std::vector<std::size_t> of(const config::vrrp& section) const;
    const config::track& operator[](std::size_t number) const { return things_[number].wanted; }
    /// "ping gateway"
    static std::string name_of(const config::track& t);
    verdict look(std::size_t number) const;
    /// Hosts of a `track-ping` that answer, or have not been asked yet.
    unsigned hosts(std::size_t number) const;
    /// Why it is as it is: "timeout while waiting for the echo reply".
    std::string why(std::size_t number) const;

    /// How its scripts and pings keep their times.
    health::punctuality how_punctual() const { return monitor_.how_punctual(); }

private:
    struct thing {
        config::track wanted;
        std::vector<target_id> ids; ///< of its hosts or itself in `watched_`; ports have none
    };
    /// A host or script with a verdict of its own.
    struct watched {
        std::string of; ///< "ping gateway"
        ip_address target;
        health::fitness fit = health::fitness::unproven;
    };

    static std::vector<config::service> checks_of(const std::vector<config::vrrp>& wanted);

    surroundings around_;
    std::vector<thing> things_; ///< each once
    std::map<target_id, watched> watched_;
    std::map<std::pair<std::string, ip_address>, target_id> ids_;
    target_id next_id_ = 0;
    health::monitor monitor_;
};

} // namespace weir::director
