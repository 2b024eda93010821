#pragma once

// The data plane: the state that cores share, the running services, ports, routes and workers, made
// in one place. The director, the pipeline tests and the bench each drive one; their differences
// are parameters here.
//
// Setters change the control core's state and mark it as changed. publish() publishes all of it to
// the workers at once: first the routes and next hops, so that a new server has a next hop before
// the first packet goes there, then the rules. The event loop calls it once a turn. However many
// changes a turn makes, workers see at most one new rule set, and none if the rules stay the same.
//
// Control core only, except for the state shared by director_state.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "config/model.h"
#include "health/condition.h"
#include "plane/paths.h"
#include "plane/running_services.h"
#include "plane/wiring.h"
#include "service/grace.h"
#include "worker/shared.h"
#include "worker/worker.h"

namespace weir::plane {

class data_plane {
public:
    /// Makes the shared state, without services and routes. Throws std::runtime_error or
    /// std::bad_alloc if there is not enough memory.
    explicit data_plane(const state_sizes& sizes);
    /// Stops the workers.
    ~data_plane();
    data_plane(const data_plane&) = delete;
    data_plane& operator=(const data_plane&) = delete;

    director_state& state() { return state_; }
    const director_state& state() const { return state_; }
    grace_bin& bin() { return bin_; }

    // Ports and devices: add all of them before make_workers().
    void add_device(const device_queues& device) { devices_.push_back(device); }
    port_id add_port(port_rule rule);
    /// Workers stop using the device; publish() calls `left` once none of them does.
    void leave_device(std::uint16_t device, std::function<void()> left);
    const std::vector<port_rule>& ports() const { return ports_; }
    /// Sets the addresses of a port; weir itself sends from the first of each family.
    void set_addresses(port_id port, std::vector<prefix> addresses);
    /// From which sources the port takes packets.
    void set_source_check(port_id port, source_check check);
    /// True if a port has this address.
    bool is_own(const ip_address& address) const;

    /// Sets the addresses in VRRP groups, and the virtual routers whose VRRP is not for Linux.
    void share(std::vector<shared_address> addresses, std::vector<shared_router> routers);
    /// Sets the directors that are kept in step: what they send to Linux goes ahead of the rest.
    void set_peers(std::vector<ip_address> peers);

    // Services. Arguments known_service and known_server come from services().
    const running_services& services() const { return services_; }
    /// Throws std::runtime_error if there is no room for this many servers.
    void require_room(const std::vector<config::service>& wanted) const;
    /// Changes the services to those of the configuration by applying the difference. Throws like
    /// require_room().
    void apply(const std::vector<config::service>& wanted);
    void set_weight(known_service& service, known_server& server, std::int32_t weight);
    void set_disabled(known_service& service, known_server& server, bool disabled);
    void take_setting(known_service& service, known_server& server,
                      std::optional<std::int32_t> weight, bool disabled, std::uint64_t at);
    void set_condition(target_id id, const health::condition& condition);
    /// Calls `tell` from publish() for each service that uses its servers differently; `before`:
    /// nothing if it is new.
    void on_change_of_use(
        std::function<void(const known_service&, const std::optional<usage>& before)> tell) {
        tell_of_use_ = std::move(tell);
    }
    /// Maintains removed servers. Call once a second.
    void tend_removed(const config::drain& drain);
    /// True if workers know this flow. `key` as in a client's packet.
    bool is_flow(const flow_key& key) const;

    // Ways out.
    plane::paths& paths() { return paths_; }
    const plane::paths& paths() const { return paths_; }

    /// Publishes the changes since the last call to the workers, and frees objects that no worker
    /// can hold any more. Call once per turn of the loop; without changes it costs next to nothing.
    /// True: slot tables are not renewed yet (plane/slot_upkeep.h), so call it again soon.
    bool publish();
    /// Rule sets published so far.
    std::uint64_t publications() const { return publications_; }

    // Those who watch packets.
    /// From now on workers show what is ordered. Null if as many watch already as may. Throws
    /// std::bad_alloc.
    std::shared_ptr<watch::watch> add_watch(watch::order wanted);
    void end_watch(const watch::watch& which);

    // Workers.
    /// Makes the workers and wires them to the devices. `adaptive`: they sleep when there is
    /// nothing to do.
    void make_workers(bool adaptive);
    /// Starts worker n on EAL's lcore n + 1. Throws std::runtime_error if one does not start.
    void launch_workers();
    /// For a caller that polls the workers itself: they go online now.
    void drive_by_hand();
    /// Stops the workers and frees what they held. A second call does nothing.
    void stop_workers();
    worker_core& worker_at(unsigned number) const { return *workers_[number]; }

private:
    void publish_rules();
    void publish_watches();
    rule_set::contents rules_now() const;
    bool is_published(const rule_set::contents& rules) const;

    director_state state_;
    grace_bin bin_{state_.grace};
    running_services services_{state_};
    plane::paths paths_{state_, bin_, services_};
    std::vector<port_rule> ports_; ///< by port_id
    std::vector<shared_address> shared_;
    std::vector<shared_router> routers_; ///< in order
    std::vector<ip_address> peers_;
    std::vector<device_queues> devices_;
    std::vector<std::shared_ptr<watch::watch>> watches_;
    std::function<void(const known_service&, const std::optional<usage>&)> tell_of_use_ =
        [](const known_service&, const std::optional<usage>&) {};
    bool rules_changed_ = false;
    std::uint64_t publications_ = 0;
    std::vector<std::unique_ptr<worker_core>> workers_;
    bool launched_ = false;
    bool by_hand_ = false;
};

} // namespace weir::plane
