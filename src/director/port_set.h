#pragma once

// The ports, by port_id: the DPDK devices they are on (ports that differ by VLAN share one) and
// their Linux twins. The data plane knows their rules and queues. Control core only; the queues of
// its devices belong to the workers.

#include <cstddef>
#include <memory>
#include <vector>

#include "command/views.h"
#include "config/model.h"
#include "plane/data_plane.h"
#include "port/device.h"
#include "port/twin.h"

namespace weir::director {

class port_set {
public:
    /// Opens and starts the devices, with the plane's packet buffers, makes the twins and adds all
    /// to the plane, which outlives this. Throws std::runtime_error when one of them cannot be.
    port_set(const std::vector<config::port>& wanted, plane::data_plane& plane);

    std::size_t size() const { return twins_.size(); }
    /// Null for ports without one.
    std::vector<port::twin*> twins() const;
    std::vector<mac_address> macs() const;

    /// The addresses of the configuration, for ports without a twin; what Linux says of a twin
    /// comes from the mirror (linux/mirror.h).
    void set_addresses_without_twin(const std::vector<config::port>& wanted);

    /// Looks at the link of every device; workers and twins are told, and the log of what has
    /// changed since the first look.
    void follow_links();

    /// As commands show them.
    std::vector<command::port_info> describe() const;

private:
    void open(const config::port& wanted, port::device& device);

    plane::data_plane& plane_;
    std::vector<std::unique_ptr<port::device>> devices_;
    std::vector<port::device*> device_of_; ///< by port_id
    std::vector<std::unique_ptr<port::twin>> twins_;
    bool looked_ = false; ///< at the links
};

} // namespace weir::director
