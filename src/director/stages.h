#pragma once

// The director's own stages (director/stage.h), in the order of its list. Each owns one
// collaborator from start to end and says what a configuration means to it. Control core only.

#include <functional>
#include <memory>

#include "director/announcer.h"
#include "director/events.h"
#include "director/failover.h"
#include "director/neighbour_asker.h"
#include "director/own_vips.h"
#include "director/port_set.h"
#include "director/quorum_watch.h"
#include "director/route_watch.h"
#include "director/run_time_changes.h"
#include "director/stage.h"
#include "health/monitor.h"
#include "linux/detours.h"
#include "linux/exception_path.h"
#include "linux/mirror.h"
#include "linux/neighbour_keeper.h"
#include "linux/twin_addresses.h"
#include "linux/twin_routes.h"
#include "loop/event_loop.h"
#include "plane/data_plane.h"

namespace weir::director {

/// The log's level; once a second, what it held back.
class log_stage final : public stage {
public:
    void commit(const config::configuration& now) override;
    void tick() override;
};

/// Devices, twins, and the addresses of ports without a twin.
class ports_stage final : public stage {
public:
    /// Makes the packet buffers and opens the devices. Throws std::runtime_error.
    ports_stage(const config::configuration& first, plane::data_plane& plane,
                loop::event_loop& loop, const loop::clock& time);
    ~ports_stage() override;

    const port_set& ports() const { return ports_; }
    port_set& ports() { return ports_; }
    std::vector<port::twin*> twins() const { return ports_.twins(); }

    void prepare(const config::configuration& wanted) override;
    void undo() noexcept override { ports_.set_addresses_without_twin(now_); }
    void commit(const config::configuration& now) override;
    void tick() override {
        ports_.look_at_queues();
        ports_.look_for_cards();
    }

private:
    plane::data_plane& plane_;
    loop::event_loop& loop_;
    port_set ports_;
    std::vector<config::port> now_; ///< in force
    bool looked_at_links_ = false;
    loop::event_loop::timer_id link_timer_;
};

/// The neighbours that packets go to, and those the configuration gives.
class neighbours_stage final : public stage {
public:
    neighbours_stage(plane::data_plane& plane, loop::event_loop& loop,
                     const std::vector<port::twin*>& twins);

    linux::neighbour_keeper& keeper() { return keeper_; }

    void commit(const config::configuration& now) override { keeper_.set_static(now.ports); }

private:
    linux::neighbour_keeper keeper_;
};

/// Services and their servers.
class services_stage final : public stage {
public:
    services_stage(plane::data_plane& plane, loop::event_loop& loop, run_time_changes& changes);
    ~services_stage() override;

    void prepare(const config::configuration& wanted) override;
    void commit(const config::configuration& now) override;
    void tick() override;

private:
    plane::data_plane& plane_;
    loop::event_loop& loop_;
    run_time_changes& changes_;
    route_watch routes_{plane_};
    config::drain drain_;
    loop::event_loop::timer_id path_mtu_timer_;
};

/// The addresses that twins carry for Linux.
class twin_addresses_stage final : public stage {
public:
    /// Sets those of the first configuration, so that the mirror finds them.
    twin_addresses_stage(const config::configuration& first, const plane::data_plane& plane,
                         const std::vector<port::twin*>& twins);

    void prepare(const config::configuration& wanted) override;
    void undo() noexcept override { addresses_.undo(); }
    void tick() override { addresses_.look(); }

private:
    const plane::data_plane& plane_;
    linux::twin_addresses addresses_;
};

/// The routes that twins carry for Linux.
class twin_routes_stage final : public stage {
public:
    /// Sets those of the first configuration, so that the mirror finds them.
    twin_routes_stage(const config::configuration& first, const std::vector<port::twin*>& twins)
        : routes_(twins) {
        prepare(first);
    }

    void prepare(const config::configuration& wanted) override;
    void undo() noexcept override { routes_.undo(); }
    const linux::twin_routes& routes() const { return routes_; }

private:
    linux::twin_routes routes_;
};

/// Linux's routes and addresses, as they are and as they change.
class mirror_stage final : public stage {
public:
    mirror_stage(plane::data_plane& plane, loop::event_loop& loop, linux::neighbour_keeper& keeper,
                 const linux::twin_routes& own, const std::vector<port::twin*>& twins);

    void commit(const config::configuration& now) override { vips_.set_ports(now.ports); }

private:
    own_vips vips_;
    linux::mirror mirror_;
};

/// The way between workers and Linux, and the detours of checks on it.
class exceptions_stage final : public stage {
public:
    exceptions_stage(plane::data_plane& plane, loop::event_loop& loop, const loop::clock& time,
                     linux::neighbour_keeper& keeper, const std::vector<port::twin*>& twins);

    linux::detours& detours() { return detours_; }
    linux::exception_path& path() { return path_; }

    void tick() override {
        detours_.forget();
        path_.look_at_twins();
    }

private:
    linux::detours detours_;
    linux::exception_path path_;
};

/// Health checks.
class checks_stage final : public stage {
public:
    checks_stage(plane::data_plane& plane, loop::event_loop& loop, const loop::clock& time,
                 exceptions_stage& exceptions, const port_set& ports, events& to);

    health::monitor& monitor() { return monitor_; }
    /// weir stops: to those who hear of quorums, all services are down.
    void leave() { quorums_.leave(); }

    void prepare(const config::configuration& wanted) override;
    void commit(const config::configuration& now) override;

private:
    plane::data_plane& plane_;
    neighbour_asker asker_;
    quorum_watch quorums_;
    health::monitor monitor_;
};

/// The worker cores: they start with the first configuration and stay as they are.
class workers_stage final : public stage {
public:
    explicit workers_stage(plane::data_plane& plane) : plane_(plane) {}
    ~workers_stage() override { plane_.stop_workers(); }

    void commit(const config::configuration& now) override;

private:
    plane::data_plane& plane_;
    bool started_ = false;
};

/// Tells the links where the VIPs are.
class announcer_stage final : public stage {
public:
    /// What is shared, `failover` announces.
    announcer_stage(loop::event_loop& loop, port_set& ports, linux::exception_path& path,
                    const failover& shared);
    ~announcer_stage() override { ports_.on_link_up(nullptr); }

    void commit(const config::configuration& now) override;

private:
    port_set& ports_;
    const failover& shared_;
    announcer announcer_;
};

} // namespace weir::director
