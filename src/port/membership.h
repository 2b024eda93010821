#pragma once

// What a kernel interface receives beside the frames that Linux wants of it, as long as the object
// lives: a membership of a packet socket (packet(7), PACKET_ADD_MEMBERSHIP). Linux counts them, and
// ends them with their process, however that ends; flags of the interface would stay. Control core
// only.

#include <cstdint>
#include <string>

#include "config/descriptor.h"

namespace weir::port {

class membership {
public:
    enum class kind : std::uint8_t { all_multicast, other_macs };

    /// Throws std::runtime_error.
    membership(const std::string& interface, kind what);

private:
    config::descriptor socket_;
};

} // namespace weir::port
