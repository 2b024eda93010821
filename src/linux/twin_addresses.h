#pragma once

// The addresses that twins carry for Linux: those the configuration gives their ports, and the VIPs
// of services with a local server, since Linux takes packets only for addresses it knows. Linux may
// refuse an address; then all twins can be made what they were. Control core only.

#include <functional>
#include <vector>

#include "config/model.h"
#include "port/twin.h"

namespace weir::linux {

class twin_addresses {
public:
    /// `twins` by port_id, null for ports without one; they outlive this.
    explicit twin_addresses(std::vector<port::twin*> twins);

    /// Gives the twins the addresses of this configuration; servers at addresses of this host
    /// (`is_own`) are local. Throws std::runtime_error when Linux refuses one.
    void set(const config::configuration& wanted,
             const std::function<bool(const ip_address&)>& is_own);
    /// Takes back what the last set() did, as far as it came.
    void undo();

private:
    std::vector<port::twin*> twins_;
    std::vector<std::vector<prefix>> before_; ///< the last set(); by port_id
};

} // namespace weir::linux
