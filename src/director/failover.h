#pragma once

// Failover as the control core sees it: it makes the heart's plan of the configuration, the ports
// and their addresses, gives every VRRP group its number in the lease, tells the log of
// transitions, and has the heart leave before the director stops. The elections themselves are the
// heart's (ha/heart.h), in a thread that begins with the first `[vrrp]` section. Control core only.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "command/views.h"
#include "config/model.h"
#include "director/events.h"
#include "director/heart_thread.h"
#include "director/peer_links.h"
#include "director/port_set.h"
#include "director/stage.h"
#include "director/tracker.h"
#include "ha/heart.h"
#include "linux/memberships.h"
#include "linux/neighbour_keeper.h"
#include "loop/event_loop.h"
#include "plane/data_plane.h"

namespace weir::director {

class failover final : public stage {
public:
    /// All outlive it.
    failover(loop::event_loop& loop, plane::data_plane& plane, port_set& ports,
             linux::neighbour_keeper& keeper, events& to, health::detour_maker& detours);
    ~failover() override;

    void prepare(const config::configuration& wanted) override {
        tracker_.prepare(wanted.vrrps);
        links_.prepare(wanted);
    }
    /// Runs this configuration's groups, and shows the plane which addresses they have.
    void commit(const config::configuration& now) override;
    void tick() override;

    /// Is it in a VRRP group? Then it is announced by the heart alone.
    bool is_shared(const ip_address& address) const { return shared_.contains(address); }

    /// Gives up all that is held, and calls `gone` when peers have it, or none takes it; soon in
    /// any case.
    void leave(std::function<void()> gone);
    /// Which directors are connected to this one: asked while a group begins.
    void ask_of_peers(std::function<bool()> connected) { peers_connected_ = std::move(connected); }
    /// Hands the group of a section to a peer. What is wrong, in one line, or "".
    std::string hand_over(const std::string& section);

    std::vector<command::vrrp_info> describe() const;
    /// The heartbeat links to a peer.
    std::vector<command::link_info> links_to(const std::string& peer) const {
        return links_.describe(peer);
    }
    /// How late the heart's turns were (heart.h); none when it does not run.
    std::vector<std::uint64_t> lateness() const;

private:
    /// What a group tracks, as it was last seen.
    struct tracked_thing {
        std::size_t number = 0; ///< the tracker's
        std::string name;       ///< "ping gateway"
        int priority = 0;       ///< see config::track
        bool good = true;
        bool proven = false;
        bool excused = false;              ///< bad, but no peer sees more hosts
        unsigned hosts = 0;                ///< that answer; a ping's
        loop::clock::time_point counted{}; ///< since when it is that many
        std::string why{};
        std::chrono::system_clock::time_point since = std::chrono::system_clock::now();
    };
    /// One group of the configuration in force.
    struct known_group {
        std::string name;
        ha::group_id id = 0;
        std::vector<config::vrrp> sections;
        std::shared_ptr<ha::group_counts> counts = std::make_shared<ha::group_counts>();
        std::vector<std::shared_ptr<ha::router_counts>> of_routers;
        std::chrono::system_clock::time_point since = std::chrono::system_clock::now();
        std::string why = "begins";
        ha::state told = ha::state::initialize; ///< as log and commands have it
        std::shared_ptr<ha::group_orders> orders = std::make_shared<ha::group_orders>();
        std::vector<tracked_thing> tracks{};
        loop::clock::time_point begun{};
        bool ready = false;    ///< it waits for nothing any more
        bool waited = false;   ///< it did
        std::string missing{}; ///< what it waits for
    };

    port_id port_of(const config::vrrp& v) const;
    std::vector<shared_address> shared() const;
    std::vector<shared_router> routers() const;
    std::vector<ip_address> sources() const;
    void apply(const config::configuration& wanted);
    void publish();
    void join_groups();
    void start();
    ha::group_plan plan_of(const known_group& g) const;
    ip_address source_of(const config::vrrp& v) const;
    void read_notices();
    void tell(known_group& g, const ha::transition& change, std::string why);
    std::string reason(const known_group& g, const ha::transition& change) const;
    void tell_of_faults(const known_group& g);
    void finish_leaving();
    void find_tracks(known_group& g);
    void follow_tracks();
    bool is_excused(const known_group& g, tracked_thing& t, bool good);
    void follow_links(const config::configuration& now);
    void log_track(const known_group& g, tracked_thing& t, bool good);
    void follow_start(known_group& g);
    std::string what_is_missing(const known_group& g) const;
    std::string why_broken(const known_group& g) const;

    loop::event_loop& loop_;
    plane::data_plane& plane_;
    director_state& state_;
    port_set& ports_;
    linux::neighbour_keeper& keeper_;
    events& events_;
    linux::memberships memberships_;
    std::unordered_set<ip_address> of_services_; ///< IPv6 VIPs of services
    bool other_held_ = false;                    ///< than when groups were last joined
    std::vector<std::string> port_names_;
    std::vector<known_group> groups_;
    std::unordered_set<ip_address> shared_;
    std::vector<ip_address> sources_;               ///< that the plan in use sends from
    std::map<std::string, std::uint64_t> reported_; ///< counts of faults that the log has
    std::vector<ha::letterbox*> boxes_;
    std::unique_ptr<ha::heart> heart_;
    std::unique_ptr<heart_thread> thread_;
    std::vector<loop::event_loop::timer_id> timers_;
    std::function<void()> gone_;
    std::uint64_t lost_ = 0; ///< notices
    tracker tracker_;
    peer_links links_;
    std::function<bool()> peers_connected_;
};

} // namespace weir::director
