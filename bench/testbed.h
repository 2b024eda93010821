#pragma once

// A director in memory: the production data plane on a port made of rings. The benchmark puts
// packets into a port's receive ring, runs worker_core::poll() and takes the result from the
// transmit ring, so it times exactly what a worker does between rx and tx. Needs EAL.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plane/data_plane.h"

namespace weir::bench {

struct testbed_settings {
    std::uint32_t flows = 1000; ///< capacity of the connection table
    unsigned services = 1;
    unsigned servers = 10; ///< per service, at most; see testbed::testbed
    unsigned workers = 1;
    bool v6 = false;
    std::vector<forwarding> modes{forwarding{}}; ///< services take turns
    std::string scheduler = "rr";
    bool own_macs = false; ///< otherwise all servers have the MAC address of the router
    flow_timeouts timeout{};
    unsigned spare_servers = 0;    ///< room for more than `servers`
    std::uint32_t packets = 16384; ///< packet buffers for each worker
    bool adaptive = false;         ///< workers with nothing to do sleep
    bool twin = false; ///< unknown packets go to the control core; otherwise they are dropped
};

class testbed {
public:
    /// Service i listens at vip(i), port 80. The services share about settings.servers addresses in
    /// total; each service has at least one.
    explicit testbed(const testbed_settings& settings);
    ~testbed();

    plane::data_plane& plane() { return plane_; }
    director_state& state() { return plane_.state(); }
    worker_core& worker_at(unsigned number) { return plane_.worker_at(number); }

    /// The rings of one worker's queue on the one port.
    rte_ring* to_worker(unsigned number) const { return rx_[number]; }
    rte_ring* from_worker(unsigned number) const { return tx_[number]; }
    std::uint16_t device() const { return device_; }

    ip_address vip(unsigned service) const;
    static mac_address port_mac() { return {{0x02, 0, 0, 0, 0, 1}}; }
    static mac_address client_mac() { return {{0x02, 0, 0, 0, 0, 2}}; }

    ip_address server_address(unsigned server) const;
    /// Identifies a server in a packet on its way there: the last two bytes of its address and,
    /// with own_macs, of its MAC.
    static std::uint16_t server_tag(unsigned server) {
        return static_cast<std::uint16_t>(server + 1);
    }

    /// The services as first configured.
    const std::vector<config::service>& first_services() const { return first_; }
    const plane::running_services& services() const { return plane_.services(); }

    /// A reload: applies the difference and publishes it to the workers. Control core.
    void apply(const std::vector<config::service>& wanted);

private:
    void start_device();
    void make_port();
    void make_services();
    neighbour_id pin(const ip_address& server);

    testbed_settings settings_;
    plane::data_plane plane_;
    std::vector<rte_ring*> rx_;
    std::vector<rte_ring*> tx_;
    std::uint16_t device_ = 0;
    std::vector<config::service> first_;
    neighbour_id router_ = 0;
    std::map<ip_address, neighbour_id> on_link_;
};

} // namespace weir::bench
