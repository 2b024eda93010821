#pragma once

// The director as its commands see it, and the changes that they may make: plain values out of the
// data plane, the ports and the checks. Control core only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command/views.h"
#include "config/model.h"
#include "director/failover.h"
#include "director/port_set.h"
#include "director/replication.h"
#include "director/rivals.h"
#include "director/run_time_changes.h"
#include "health/monitor.h"
#include "loop/clock.h"
#include "plane/data_plane.h"

namespace weir::director {

/// What happened to the configuration since the start.
struct load_history {
    loop::clock::time_point started;
    std::chrono::system_clock::time_point loaded; ///< when the file in force was read
    std::uint64_t reloads = 0;                    ///< that were applied
    std::string last_error{};                     ///< of the last reload; "" = it was applied
};

class view final : public command::director_view {
public:
    /// All of it outlives the view.
    struct sources {
        const config::configuration& configuration; ///< in force
        const load_history& history;
        const loop::clock& time;
        plane::data_plane& plane;
        const port_set& ports;
        health::monitor& checks;
        failover& vrrp;
        const replication& peers;
        const director::rivals& others;
        run_time_changes& changes;
        std::function<config::reload_outlook()> reload;
        std::function<config::reload_outlook()> would_reload;
        /// Of a service by its name: a line as behind `server =`; a server as running. Each returns
        /// what is wrong.
        std::function<std::vector<config::problem>(const std::string&, const std::string&)>
            add_server;
        std::function<std::string(const std::string&, const server_name&)> remove_server;
    };
    explicit view(sources from) : from_(std::move(from)) {}

    command::director_info about() const override;
    std::size_t service_count() const override;
    std::size_t removed_count() const override;
    std::vector<std::string> without_quorum() const override;
    void service(std::size_t index, command::service_info& info) const override;
    std::optional<std::size_t> find_service(const std::string& name) const override;
    std::string_view server_word(target_id id) const override;
    std::vector<command::worker_info> workers() const override;
    command::books_info control_books() const override;
    std::vector<command::port_info> ports() const override;
    std::vector<command::neighbour_info> neighbours() const override;
    command::connection_source connections() const override;
    std::uint32_t now() const override { return state().clock.now(); }
    std::shared_ptr<watch::watch> add_watch(watch::order wanted) override {
        return from_.plane.add_watch(std::move(wanted));
    }
    void end_watch(const watch::watch& which) override { from_.plane.end_watch(which); }
    command::cycle_clock cycles() const override;
    std::string set_weight(const std::string& service, const std::string& server,
                           std::int32_t weight) override;
    std::string set_disabled(const std::string& service, const std::string& server,
                             bool disabled) override;
    std::vector<config::problem> add_server(const std::string& service,
                                            const std::string& line) override {
        return from_.add_server(service, line);
    }
    std::string remove_server(const std::string& service, const std::string& server) override;
    std::vector<command::change_info> changed_servers() const override;
    std::vector<command::check_info> checks(std::size_t service) const override;
    health::punctuality check_figures() const override;
    config::reload_outlook reload() override { return from_.reload(); }
    config::reload_outlook would_reload() override { return from_.would_reload(); }
    std::vector<command::vrrp_info> vrrps() const override { return from_.vrrp.describe(); }
    std::vector<command::peer_info> peers() const override {
        std::vector<command::peer_info> all = from_.peers.describe();
        for (command::peer_info& p : all)
            p.links = from_.vrrp.links_to(p.name);
        return all;
    }
    std::vector<command::rival_info> rivals() const override { return from_.others.describe(); }
    std::vector<std::uint64_t> heart_lateness() const override { return from_.vrrp.lateness(); }
    std::string hand_over(const std::string& vrrp) override { return from_.vrrp.hand_over(vrrp); }

private:
    const director_state& state() const { return from_.plane.state(); }
    const plane::running_services& services() const { return from_.plane.services(); }
    std::string
    with_server(const std::string& service, const std::string& server,
                const std::function<void(plane::known_service&, plane::known_server&)>& change);

    sources from_;
};

} // namespace weir::director
