#pragma once

// The data plane: what cores share, the services as they run, ports, routes and workers, made in
// one place. The director, the pipeline tests and the bench each drive one; what differs between
// them is a parameter here.
//
// Setters change what the control core knows and mark it as changed. publish() shows the workers
// all of it at once: the routes and next hops first, so that a new server has a way before the
// first packet goes there, then the rules. The event loop calls it once a turn; however many
// changes a turn makes, workers see one new rule set, and none when the rules are the same.
//
// Control core only, but for what director_state shares.

#include <cstdint>
#include <memory>
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
    /// Makes the shared state; there are no services and no routes yet. Throws std::runtime_error
    /// or std::bad_alloc when there is no memory.
    explicit data_plane(const state_sizes& sizes);
    /// Stops the workers.
    ~data_plane();
    data_plane(const data_plane&) = delete;
    data_plane& operator=(const data_plane&) = delete;

    director_state& state() { return state_; }
    const director_state& state() const { return state_; }
    grace_bin& bin() { return bin_; }

    // Ports and devices: all of them before the workers are made.
    void add_device(const device_queues& device) { devices_.push_back(device); }
    port_id add_port(port_rule rule);
    const std::vector<port_rule>& ports() const { return ports_; }
    /// Makes these the addresses of a port; the first of each family is what weir itself sends
    /// from.
    void set_addresses(port_id port, std::vector<prefix> addresses);
    /// Does a port have this address?
    bool is_own(const ip_address& address) const;

    // Services. The known_service and known_server given come from services().
    const running_services& services() const { return services_; }
    /// Throws std::runtime_error when there is no room for so many servers.
    void require_room(const std::vector<config::service>& wanted) const;
    /// Makes the services what the configuration says: a reload is the difference. As
    /// require_room().
    void apply(const std::vector<config::service>& wanted);
    void set_weight(known_service& service, known_server& server, std::int32_t weight);
    void set_disabled(const known_server& server, bool disabled);
    void set_condition(target_id id, const health::condition& condition);
    /// Looks after removed servers; `drain_timeout` in seconds, 0 = none. Once a second.
    void tend_removed(std::uint32_t drain_timeout);
    /// Is it a flow that workers know? `key` as a client's packet has it.
    bool is_flow(const flow_key& key) const;

    // Ways out.
    plane::paths& paths() { return paths_; }
    const plane::paths& paths() const { return paths_; }

    /// Shows the workers what has changed since the last call, and frees what none of them can
    /// hold any more. Once a turn of the loop; does next to nothing when nothing has changed.
    void publish();
    /// Rule sets published so far.
    std::uint64_t publications() const { return publications_; }

    // Workers.
    /// Makes them, wired to the devices. `adaptive`: they sleep when there is nothing to do.
    void make_workers(bool adaptive);
    /// Starts worker n on EAL's lcore n + 1. Throws std::runtime_error when one does not start.
    void launch_workers();
    /// The caller polls the workers itself: they go online now.
    void drive_by_hand();
    /// Ends the workers and frees what they held. May be called again.
    void stop_workers();
    worker_core& worker_at(unsigned number) const { return *workers_[number]; }

private:
    rule_set::contents rules_now() const;
    bool is_published(const rule_set::contents& rules) const;

    director_state state_;
    grace_bin bin_{state_.grace};
    running_services services_{state_};
    plane::paths paths_{state_, bin_, services_};
    std::vector<port_rule> ports_; ///< by port_id
    std::vector<device_queues> devices_;
    bool rules_changed_ = false;
    std::uint64_t publications_ = 0;
    std::vector<std::unique_ptr<worker_core>> workers_;
    bool launched_ = false;
    bool by_hand_ = false;
};

} // namespace weir::plane
