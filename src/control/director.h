#pragma once

// The director: everything that lives between start and stop, owned in one place, in the order in
// which one thing needs another. Construction opens the ports, applies the configuration and starts
// the workers; run() is the control core's life; destruction stops the workers and gives everything
// back. Control core only.

#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "config/model.h"
#include "control/command_server.h"
#include "control/event_loop.h"
#include "control/exception_path.h"
#include "control/mirror.h"
#include "control/neighbour_keeper.h"
#include "control/paths.h"
#include "control/service_registry.h"
#include "control/views.h"
#include "port/device.h"
#include "port/twin.h"
#include "worker/worker.h"

namespace weir::control {

/// Reads and validates a file; its plugins are loaded, so that their schedulers are known.
config::load_result load_configuration(const std::string& file);

class director final : public director_view {
public:
    /// EAL runs already. Throws std::runtime_error when a port cannot be opened or the like.
    explicit director(const config::configuration& configuration);
    ~director() override;

    /// Serves until SIGTERM or SIGINT.
    void run();

    /// Applies the file as it is now, or says why not and changes nothing.
    std::vector<config::problem> reload();

private:
    void make_state();
    void open_ports();
    void start_workers();
    void stop_workers();
    void handle_signal();
    void apply(const config::configuration& wanted);
    void publish_rules();
    void addresses_changed(port_id port, std::vector<prefix> addresses);
    void give_twins_their_addresses();
    void announce_vips();
    void every_second();
    bool is_own(const ip_address& address) const;

    config::configuration configuration_;
    event_loop loop_;
    director_state state_;
    std::unique_ptr<std::byte, void (*)(std::byte*)> grace_memory_;
    grace_bin bin_;
    std::vector<std::unique_ptr<port::device>> devices_; ///< one per DPDK port
    std::vector<port_rule> ports_;                       ///< by port_id
    std::vector<std::unique_ptr<port::twin>> twins_;     ///< by port_id; null without
    std::unique_ptr<neighbour_keeper> keeper_;
    service_registry services_;
    std::unique_ptr<paths> paths_;
    std::unique_ptr<mirror> mirror_;
    std::unique_ptr<exception_path> exceptions_;
    std::unique_ptr<command_server> commands_;
    std::vector<std::unique_ptr<worker>> workers_;
    int signals_ = -1;
};

} // namespace weir::control
