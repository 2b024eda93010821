#pragma once

// The routes that ports have in the configuration (`gateway`, `route`): Linux gets them on the
// ports' twins, and the mirror hears of them like of any other. A reload sets them all again, so
// that one removed by hand comes back. weir replaces no route of somebody else: Linux then refuses,
// and undo restores what was there. Control core only.

#include <vector>

#include "config/model.h"
#include "linux/mirror.h"
#include "port/twin.h"

namespace weir::linux {

class twin_routes {
public:
    /// `twins` by port_id, null for ports without one; they must outlive this. The routes disappear
    /// with them.
    explicit twin_routes(std::vector<port::twin*> twins);

    /// Gives the twins, whose addresses are set, the routes of this configuration. Throws
    /// std::runtime_error if Linux refuses one.
    void set(const config::configuration& wanted);
    /// Undoes the last set(), even a partial one.
    void undo() noexcept;
    /// Tells the twins which of their routes Linux no longer has. `present`: all static ones.
    void look(const std::vector<static_hop>& present) const;

private:
    using routes = std::vector<config::static_route>;

    void change(std::size_t port, const routes& wanted);

    std::vector<port::twin*> twins_;
    std::vector<routes> now_;    ///< set by weir; by port_id
    std::vector<routes> before_; ///< before the last set()
};

} // namespace weir::linux
