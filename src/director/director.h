#pragma once

// The director owns everything that lives between start and stop. The constructor makes the stages
// (stages.h), puts the configuration in force and opens the control socket; run() serves on the
// control core; the destructor closes the socket and ends the stages, the last one first. Control
// core only.

#include <chrono>
#include <memory>
#include <vector>

#include "action/runner.h"
#include "command/command_server.h"
#include "config/model.h"
#include "director/keeping.h"
#include "director/replication.h"
#include "director/routing.h"
#include "director/run_time_changes.h"
#include "director/stages.h"
#include "director/view.h"
#include "loop/event_loop.h"
#include "plane/data_plane.h"

namespace weir::director {

class director {
public:
    /// Needs a running EAL. Throws std::runtime_error, for example if a port cannot be opened.
    explicit director(const config::configuration& configuration);
    ~director();
    director(const director&) = delete;
    director& operator=(const director&) = delete;

    /// Serves until SIGTERM or SIGINT, which are blocked in all threads. Throws std::runtime_error
    /// when it cannot go on and a new start can: a device is lost.
    void run();

private:
    void make_stages();
    void open_control_socket();
    void handle_signals();
    void leave();
    std::chrono::milliseconds passing_on() const;
    void finish();
    config::reload_outlook reload();
    config::reload_outlook would_reload() const;
    std::vector<config::problem> add_server(const std::string& service, const std::string& line);
    std::string remove_server(const std::string& service, const server_name& server);

    run_time_changes changes_;
    config::configuration configuration_; ///< in force: the file, with servers added and removed
    loop::clock time_;
    load_history history_{.started = time_.now(), .loaded = std::chrono::system_clock::now()};
    loop::event_loop loop_{time_};
    action::runner commands_for_events_{loop_};
    sync::left_table left_; ///< by the process before; until the table has it
    plane::data_plane plane_;
    stage_list stages_;
    ports_stage* ports_ = nullptr; ///< all belong to the list
    checks_stage* checks_ = nullptr;
    failover* failover_ = nullptr;
    replication* peers_ = nullptr;
    routing* routes_ = nullptr;
    rivals* rivals_ = nullptr;
    std::unique_ptr<view> view_;
    std::unique_ptr<command::command_server> commands_;
    int signals_ = -1;
    bool leaving_ = false; ///< a signal said so
    std::string failure_;  ///< why it leaves by itself
};

} // namespace weir::director
