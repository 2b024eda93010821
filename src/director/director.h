#pragma once

// The director owns everything that lives between start and stop, in order of dependency. The
// constructor opens the ports, applies the configuration and starts the workers; run() serves on
// the control core; the destructor stops the workers and releases everything. Control core only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command/command_server.h"
#include "command/views.h"
#include "config/model.h"
#include "director/announcer.h"
#include "director/port_set.h"
#include "director/route_watch.h"
#include "health/monitor.h"
#include "linux/detours.h"
#include "linux/exception_path.h"
#include "linux/mirror.h"
#include "linux/neighbour_keeper.h"
#include "linux/twin_addresses.h"
#include "loop/event_loop.h"
#include "plane/data_plane.h"

namespace weir::director {

class director final : public command::director_view {
public:
    /// Needs a running EAL. Throws std::runtime_error, for example if a port cannot be opened.
    explicit director(const config::configuration& configuration);
    ~director() override;

    /// Serves until SIGTERM or SIGINT, which are blocked in all threads.
    void run();

    // director_view (report.cpp)
    command::director_info about() const override;
    std::size_t service_count() const override;
    void service(std::size_t index, command::service_info& info) const override;
    std::optional<std::size_t> find_service(const std::string& name) const override;
    std::vector<command::worker_info> workers() const override;
    command::books_info control_books() const override;
    std::vector<command::port_info> ports() const override;
    std::vector<command::neighbour_info> neighbours() const override;
    command::connection_source connections() const override;
    std::uint32_t now() const override { return plane_.state().clock.now(); }
    std::string set_weight(const std::string& service, const std::string& server,
                           std::int32_t weight) override;
    std::string set_disabled(const std::string& service, const std::string& server,
                             bool disabled) override;
    std::vector<command::check_info> checks(std::size_t service) const override;
    health::punctuality check_figures() const override;
    std::vector<config::problem> reload() override;

private:
    void handle_signals();
    void apply(const config::configuration& wanted);
    void make_checks();
    void apply_checks();
    void every_second();
    std::string
    with_server(const std::string& service, const std::string& server,
                const std::function<void(plane::known_service&, plane::known_server&)>& change);

    config::configuration configuration_;
    loop::clock time_;
    loop::event_loop loop_{time_};
    plane::data_plane plane_;
    std::unique_ptr<port_set> ports_;
    std::unique_ptr<linux::neighbour_keeper> keeper_;
    route_watch routes_{plane_};
    std::unique_ptr<linux::twin_addresses> twin_addresses_;
    std::unique_ptr<linux::mirror> mirror_;
    linux::detours detours_; ///< for checks that go to a VIP
    std::unique_ptr<linux::exception_path> exceptions_;
    std::unique_ptr<announcer> announcer_;
    std::unique_ptr<health::monitor> checks_;
    std::unique_ptr<command::command_server> commands_;
    int signals_ = -1;

    loop::clock::time_point started_ = time_.now();
    std::chrono::system_clock::time_point loaded_ = std::chrono::system_clock::now();
    std::uint64_t reloads_ = 0;
    std::string last_error_;
};

} // namespace weir::director
