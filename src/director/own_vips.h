#pragma once

// Says in the log, once, what it means that Linux has a VIP, too (config/own_vips.h). Control core
// only.

#include <set>
#include <string>
#include <vector>

#include "config/own_vips.h"
#include "plane/data_plane.h"

namespace weir::director {

class own_vips {
public:
    explicit own_vips(const plane::data_plane& plane) : plane_(plane) {}

    /// Linux's addresses, as they are now.
    void has(std::vector<config::address_of_linux> all);
    /// Another configuration is in force.
    void set_ports(const std::vector<config::port>& ports);

private:
    void look();

    const plane::data_plane& plane_;
    std::vector<config::address_of_linux> addresses_;
    std::vector<config::port> ports_;
    std::set<std::string> told_; ///< lines, as long as they are true
};

} // namespace weir::director
