#pragma once

// The ports, by port_id: the DPDK devices they are on (ports that differ by VLAN share one), their
// Linux twins, and what workers read of them, the port rules. Whoever changes addresses publishes
// the rules. Control core only; the queues of its devices belong to the workers.

#include <cstddef>
#include <memory>
#include <vector>

#include "command/views.h"
#include "config/model.h"
#include "port/device.h"
#include "port/twin.h"
#include "service/rule_set.h"
#include "worker/shared.h"
#include "worker/transmitter.h"

namespace weir::director {

class port_set {
public:
    /// Opens and starts the devices, with the packet buffers of `state`, and makes the twins.
    /// Throws std::runtime_error when one of them cannot be. `state` outlives it.
    port_set(const std::vector<config::port>& wanted, director_state& state);

    std::size_t size() const { return rules_.size(); }
    const std::vector<port_rule>& rules() const { return rules_; }
    /// Null for ports without one.
    std::vector<port::twin*> twins() const;
    std::vector<mac_address> macs() const;
    /// The queues of a worker, on every device.
    std::vector<device_wiring> wiring_of(unsigned worker) const;

    /// Whether it is an address of this host.
    bool is_own(const ip_address& address) const;
    /// Makes these the addresses of a port. True: they are not what they were.
    bool set_addresses(port_id port, std::vector<prefix> addresses);
    /// Those of the configuration, for ports without a twin; what Linux says of a twin comes from
    /// the mirror (mirror.h).
    void set_addresses_without_twin(const std::vector<config::port>& wanted);

    /// Looks at the link of every device; workers and twins are told, and the log of what has
    /// changed since the first look.
    void follow_links();

    /// As commands show them.
    std::vector<command::port_info> describe() const;

private:
    void open(const config::port& wanted, port::device& device);

    director_state& state_;
    std::vector<std::unique_ptr<port::device>> devices_;
    std::vector<port_rule> rules_;
    std::vector<port::device*> device_of_; ///< by port_id
    std::vector<std::unique_ptr<port::twin>> twins_;
    bool looked_ = false; ///< at the links
};

} // namespace weir::director
