#pragma once

// The ports, by port_id: their DPDK devices (ports with different VLANs may share one) and their
// Linux twins. The data plane knows their rules and queues. Control core only; the queues of its
// devices belong to the workers.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "command/views.h"
#include "config/model.h"
#include "director/link_watch.h"
#include "loop/clock.h"
#include "plane/data_plane.h"
#include "port/device.h"
#include "port/twin.h"

namespace weir::director {

class port_set {
public:
    /// Opens and starts the devices with the plane's packet buffers, makes the twins and adds
    /// everything to the plane, which must outlive this, as `time`. Throws std::runtime_error if
    /// one fails.
    port_set(const std::vector<config::port>& wanted, const std::string& state_dir,
             plane::data_plane& plane, const loop::clock& time);

    std::size_t size() const { return twins_.size(); }
    /// Null for ports without one.
    std::vector<port::twin*> twins() const;
    std::vector<mac_address> macs() const;

    /// What a reload would put right about twins, one a line.
    std::vector<std::string> twin_repairs() const;
    /// Sets the configured addresses of ports without a twin; a twin's addresses come from the
    /// mirror (linux/mirror.h).
    void set_addresses_without_twin(const std::vector<config::port>& wanted);

    /// The devices of these ports accept frames for MAC addresses that are not theirs; of the
    /// others, those whose port says so.
    void accept_other_macs(const std::set<port_id>& ports);

    /// Checks the link of every device, passes it to workers and twins, and logs changes since the
    /// first check.
    void follow_links();
    /// From now on the heart hears of a lost link at once (link_watch.h).
    void watch_links();
    /// Says once of a device that some of its receive queues get nothing. Call once a second.
    void look_at_queues();

    /// Asks to start again when a card that was given back is there. Call once a second.
    void look_for_cards();

    /// Calls this whenever the link of a port comes up, but not for those that have one at first.
    void on_link_up(std::function<void(port_id)> listener) { on_link_up_ = std::move(listener); }
    /// Calls this whenever the link of a port has changed.
    void on_link(std::function<void(const std::string& port, bool up)> listener) {
        on_link_ = std::move(listener);
    }

    /// Calls this once when a device cannot come back in this process, with a line that says why.
    void on_lost(std::function<void(const std::string&)> listener) {
        on_lost_ = std::move(listener);
    }

    /// Why something may have failed since `since` without a fault beyond the port: "the link of
    /// port lan is down". "": nothing here did. A link that came back gets a moment to settle.
    std::string link_trouble(port_id port, loop::clock::time_point since) const;

    /// The ports as commands show them.
    std::vector<command::port_info> describe() const;

private:
    void open(const config::port& wanted, port::device& device);
    void announce_again(const port::device& device);
    bool follow_members(port::device& device);
    void give_back(port::device& device);
    void lose(const std::string& why);

    plane::data_plane& plane_;
    const loop::clock& time_;
    std::vector<std::unique_ptr<port::device>> devices_;
    std::vector<port::device*> device_of_; ///< by port_id
    std::vector<std::unique_ptr<port::twin>> twins_;
    std::set<const port::device*> starving_; ///< said already
    std::set<const port::device*> given_back_;
    std::map<std::string, port::member_state> members_; ///< of bonds, as last seen
    std::map<const port::device*, bool> had_link_;      ///< as last checked
    std::map<const port::device*, loop::clock::time_point> without_link_; ///< last checked so then
    std::function<void(port_id)> on_link_up_;
    std::function<void(const std::string&, bool)> on_link_;
    std::function<void(const std::string&)> on_lost_;
    std::optional<link_watch> watch_;
};

} // namespace weir::director
