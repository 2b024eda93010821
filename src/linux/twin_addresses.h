#pragma once

// The addresses that twins carry for Linux: the configured ones of their ports, and the VIPs of
// services with a local server, since Linux accepts packets only for its own addresses. Each set()
// puts right what somebody did by hand: an address or a whole twin removed, a twin set down. If
// Linux refuses an address, undo restores all twins. Control core only.

#include <functional>
#include <string>
#include <vector>

#include "config/model.h"
#include "port/twin.h"

namespace weir::linux {

class twin_addresses {
public:
    /// `twins` by port_id, null for ports without one; they must outlive this.
    explicit twin_addresses(std::vector<port::twin*> twins);

    /// Gives the twins the addresses of this configuration; a server at an address of this host
    /// (`is_own`) is local. Throws std::runtime_error if Linux refuses one.
    void set(const config::configuration& wanted,
             const std::function<bool(const ip_address&)>& is_own);
    /// Undoes the last set(), even a partial one.
    void undo();
    /// Logs what somebody has done to twins since the last look. Call once a second.
    void look();

private:
    std::vector<port::twin*> twins_;
    std::vector<std::vector<prefix>> before_; ///< before the last set(); by port_id
    std::vector<std::string> lost_;           ///< of each twin, as last logged; "" = nothing
};

} // namespace weir::linux
