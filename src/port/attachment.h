#pragma once

// One card, kernel interface or vdev that DPDK has as a port (DPDK: ethdev): found, not set up. A
// device (device.h) is one of these, or several of them bonded. Control core only.

#include <cstdint>
#include <optional>
#include <string>

#include "config/device.h"
#include "port/eal.h"
#include "port/recall.h"
#include "port/takeover.h"

namespace weir::port {

/// Splits one member of a device of the configuration into DPDK's name and arguments: `xdp:eth1`
/// becomes "net_af_xdp_eth1" and "iface=eth1,...". PCI addresses and vdevs stay as they are.
struct device_plan {
    std::string name;      ///< of the DPDK device
    std::string arguments; ///< for a vdev; "" for PCI
    std::string interface; ///< the kernel interface it takes over, "" if none
};
std::optional<takeover::kind> kind_of(const std::string& member);
/// `queues`: the wanted number per direction.
device_plan plan_device(const std::string& member, std::uint16_t mtu, unsigned queues);

/// The size of a slot in the ring of a `packet:` interface, bytes.
unsigned packet_slot(std::uint16_t mtu);

/// Throws std::runtime_error: "device `device`: `what`", with DPDK's word for `error` if not 0.
[[noreturn]] void device_fails(const std::string& device, const std::string& what, int error = 0);

class attachment {
public:
    /// Finds the port and takes over its interface. Throws std::runtime_error.
    attachment(const std::string& member, std::uint16_t mtu, unsigned queues,
               const std::string& state_dir, const notify& warn);
    ~attachment();
    attachment(const attachment&) = delete;
    attachment& operator=(const attachment&) = delete;

    /// Stops and closes the port, for good. Nobody may use its queues any more.
    void close();

    const std::string& configured_as() const { return configured_as_; }
    std::uint16_t id() const { return id_; }
    bool is_open() const { return open_; }
    bool is_card() const { return config::is_card(plan_.name); }
    bool is_interface() const { return !plan_.interface.empty(); }
    /// Null for others.
    takeover* interface() { return interface_ ? &*interface_ : nullptr; }

    bool link_is_up() const;
    /// Its kernel interface was removed, and there is another of that name: weir has the one that
    /// is gone. True only then.
    bool was_replaced() const;
    /// The kernel wants the card back, and waits: close() it as soon as no worker uses it.
    bool is_recalled() const { return open_ && recall_ && recall_->is_heard(); }
    /// A card that was closed after a recall is there again, with its driver.
    bool is_back() const { return !open_ && recall_ && recall_->is_over(); }

private:
    std::string configured_as_;
    device_plan plan_;
    std::optional<takeover> interface_; ///< restores the interface after the port is closed
    std::optional<recall> recall_;      ///< of cards
    std::uint16_t id_ = 0;
    bool open_ = false;
};

} // namespace weir::port
