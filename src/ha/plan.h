#pragma once

// What the heart works by: the groups and their routers, as the configuration, the ports and
// Linux's addresses make them. The control core makes a plan with all the memory it needs and
// publishes it; from then on the heart alone uses it, until the next plan replaces it and it goes
// back. What is counted is shared: the heart adds, anybody reads.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ha/group.h"
#include "ha/lease.h"
#include "ha/links.h"
#include "ha/track.h"
#include "net/vrrp.h"

namespace weir::ha {

/// One writer, any readers.
class tally {
public:
    void add(std::uint64_t n = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// What happened at one router.
struct router_counts {
    tally sent;            ///< advertisements
    tally unsent;          ///< those for which no letter was free
    tally resigned;        ///< of those sent, with priority 0
    tally heard;           ///< good advertisements
    tally strangers;       ///< from or to addresses that this router does not know
    tally other_interval;  ///< version 2: refused, since its interval is not ours
    tally other_addresses; ///< good ones with another list of addresses
    tally plain;           ///< good ones with the checksum of RFC 9568
    tally pseudo;          ///< with the pseudo header
    tally announced;       ///< addresses to the link
    std::array<tally, vrrp_faults> faults;
};

/// What happened to one group, and what it is now.
struct group_counts {
    std::atomic<state> now{state::initialize};
    std::atomic<std::uint8_t> priority{0};
    tally moves;  ///< to another state
    tally splits; ///< advertisements of a worse peer while active
    /// VRRP is silent, but this link says that a peer holds it: 256 * (peer + 1) + link; 0: no.
    std::atomic<std::uint16_t> kept_back_by{0};
    std::atomic<bool> wants_fence{false}; ///< a silent peer is to be fenced, then it takes over
    std::atomic<bool> has_links{false};   ///< of its ports
};

/// One virtual router on a port.
struct router_plan {
    std::string name; ///< of its section; a router of the same name in the next plan is the same
    std::uint8_t port = 0;
    std::uint16_t device = 0; ///< DPDK's, for its link
    std::uint16_t vlan = 0;   ///< 0 = untagged
    mac_address mac;          ///< the port's
    std::uint8_t id = 0;
    ip_address source; ///< none: not known yet; its group is broken then
    std::vector<ip_address> unicast{};
    std::vector<ip_address> advertised{};
    std::vector<ip_address> announced{}; ///< those and the unadvertised ones
    bool learns_form = true;             ///< of the checksum, from its peer
    vrrp_checksum form = vrrp_checksum::plain;
    std::shared_ptr<router_counts> counts = std::make_shared<router_counts>();
    mac_address neighbour{}; ///< that the last good advertisement came from; the heart's
    moment neighbour_at{0};  ///< when; 0 = never

    bool v6() const noexcept { return advertised.front().is_v6(); }
};

/// Addresses on their way to the links: a round, pauses, more rounds, then one a minute.
struct announcing {
    bool under_way = false; ///< a round
    unsigned rounds = 0;    ///< that are over
    std::size_t router = 0; ///< the next frame
    std::size_t address = 0;
    moment due{0}; ///< the next round
};

struct group_plan {
    std::string name;
    group_id id =
        1; ///< bit in the lease. A group of the same id in the next plan is the same group
    group machine;
    std::vector<router_plan> routers; ///< in the order of the machine's
    announcing announcements{};
    std::shared_ptr<group_counts> counts = std::make_shared<group_counts>();
    std::shared_ptr<group_orders> orders = std::make_shared<group_orders>();
    std::uint8_t priority = 0;                    ///< before orders adjust it; the heart's
    std::array<std::uint16_t, most_peers> said{}; ///< by peers in the last turn; the heart's
    moment passes_until{0}; ///< it changes hands until then (succession.h); the heart's
};

struct plan {
    std::vector<group_plan> groups{};
    std::vector<std::shared_ptr<peer_ears>> peers{}; ///< most_peers at most
};

} // namespace weir::ha
