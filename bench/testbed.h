#pragma once

// A director in memory: the production worker, table and rule set, between two ports made of rings.
// The benchmark puts packets into a port's receive ring, runs worker::poll() and takes what was
// sent from the transmit ring, so that the timed part is what a worker does between rx and tx.
// Needs EAL.

#include <memory>
#include <string>
#include <vector>

#include "service/grace.h"
#include "worker/worker.h"

namespace weir::bench {

struct testbed_settings {
    std::uint32_t flows = 1000; ///< capacity of the connection table
    unsigned services = 1;
    unsigned servers = 10; ///< of each service, at most; see testbed::testbed
    unsigned workers = 1;
    bool v6 = false;
    forward_mode mode = forward_mode::dr;
    std::string scheduler = "rr";
    std::uint32_t packets = 16384; ///< packet buffers for each worker
};

class testbed {
public:
    /// Service i listens at vip(i), port 80; its servers are shared out so that all services
    /// together have about settings.servers addresses, each service at least one.
    explicit testbed(const testbed_settings& settings);
    ~testbed();

    director_state& state() { return state_; }
    worker& worker_at(unsigned number) { return *workers_[number]; }
    grace_bin& bin() { return *bin_; }

    /// Receive and transmit ring of one worker's queue on the one port.
    rte_ring* to_worker(unsigned number) const { return rx_[number]; }
    rte_ring* from_worker(unsigned number) const { return tx_[number]; }
    std::uint16_t device() const { return device_; }

    ip_address vip(unsigned service) const;
    static mac_address port_mac() { return {{0x02, 0, 0, 0, 0, 1}}; }
    static mac_address client_mac() { return {{0x02, 0, 0, 0, 0, 2}}; }

    /// Publishes the same services anew, every rule rebuilt: what a reload costs.
    void republish();

private:
    void start_device();
    void make_services();
    std::shared_ptr<service_rule> make_rule(unsigned service) const;
    ip_address server_address(unsigned server) const;

    testbed_settings settings_;
    director_state state_;
    std::vector<std::byte> grace_memory_;
    std::unique_ptr<grace_bin> bin_;
    std::vector<rte_ring*> rx_;
    std::vector<rte_ring*> tx_;
    std::uint16_t device_ = 0;
    std::vector<std::vector<target_id>> targets_; ///< by service
    std::vector<std::unique_ptr<worker>> workers_;
};

} // namespace weir::bench
