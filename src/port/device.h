#pragma once

// A DPDK device: opened, its queues set up, started. What the device offers is used (RSS, header
// checksums), what it does not is done in software by the workers. One object per DPDK port; made,
// asked and destroyed on the control core, its queues used by workers only.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rte_mempool.h>

#include "config/model.h"
#include "net/types.h"
#include "port/eal.h"
#include "port/takeover.h"

namespace weir::port {

/// "0000:03:00.0"
bool is_pci_address(const std::string& device);

/// A device string of the configuration as DPDK's driver and its arguments: `xdp:eth1` is
/// "net_af_xdp" and "iface=eth1,...". PCI addresses and vdevs stand as they are.
struct device_plan {
    std::string name;      ///< of the DPDK device
    std::string arguments; ///< for a vdev; "" for PCI
    std::string interface; ///< the kernel interface it takes over, "" when none
};
std::optional<takeover::kind> kind_of(const config::port& port);
/// `number` makes names unique; `queues` per direction are asked for.
device_plan plan_device(const config::port& wanted, unsigned number, unsigned queues);

/// What the ports on one device ask of it together: `first` with the largest MTU, and promiscuous
/// if one of them is.
config::port together(const std::vector<config::port>& all, const config::port& first);

/// Bytes of buffer that a frame of this port may need, headroom apart.
unsigned frame_room(const config::port& port);

struct device_counters {
    std::uint64_t rx_packets = 0;
    std::uint64_t rx_bytes = 0;
    std::uint64_t rx_missed = 0;    ///< no room in the receive queue: lost before weir saw them
    std::uint64_t rx_errors = 0;    ///< damaged on the wire
    std::uint64_t rx_no_buffer = 0; ///< no packet buffer for them
    std::uint64_t tx_packets = 0;
    std::uint64_t tx_bytes = 0;
    std::uint64_t tx_errors = 0;
};

class device {
public:
    /// Opens and starts. Throws std::runtime_error that says which device, what failed and what may
    /// help.
    device(const config::port& wanted, unsigned number, unsigned workers, rte_mempool* pool,
           const notify& warn);
    ~device();
    device(const device&) = delete;
    device& operator=(const device&) = delete;

    std::uint16_t id() const { return id_; }
    unsigned rx_queues() const { return rx_queues_; }
    unsigned tx_queues() const { return tx_queues_; }
    mac_address mac() const { return mac_; }
    const std::string& configured_as() const { return configured_as_; }
    bool link_is_up() const;
    std::uint32_t speed() const; ///< Mbit/s; 0 = unknown
    device_counters counters() const;

private:
    void open(const config::port& wanted, unsigned number, unsigned workers, rte_mempool* pool,
              const notify& warn);
    void find(const config::port& wanted, unsigned number, unsigned workers, const notify& warn);
    void close();
    void set_up_queues(const config::port& wanted, unsigned workers, rte_mempool* pool);
    [[noreturn]] void fail(const std::string& what, int error = 0) const;

    std::string configured_as_;
    device_plan plan_;
    std::optional<takeover> interface_; ///< gives it back after the device is closed
    bool found_ = false;
    std::uint16_t id_ = 0;
    unsigned rx_queues_ = 1;
    unsigned tx_queues_ = 1;
    mac_address mac_;
};

} // namespace weir::port
