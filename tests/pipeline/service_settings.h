#pragma once

// A service as most tests say it: in one line, with what they leave out as most of them want it.

#include <cstdint>
#include <string>
#include <vector>

#include "config/model.h"
#include "flow/target.h"

namespace weir::test {

/// A service in short; its name is its first listener.
struct service_settings {
    std::string listen;                   ///< "192.0.2.100:80/tcp"
    forward_mode mode = forward_mode::dr; ///< servers at a port's own address are local anyway
    encapsulation encap = encapsulation::ipip;
    std::vector<std::string> servers; ///< "address" or "address:port"
    std::string scheduler = "rr";
    std::vector<std::string> also{}; ///< other listeners: then it is a group
    std::string fallback{};          ///< as servers
    std::uint16_t persistence = 0;   ///< seconds
    std::uint8_t prefix = 128;
    bool expire_quiescent = false;
    bool one_packet = false;
    std::uint16_t established = 900; ///< timeout, seconds
};

/// The same as a configuration has it. Listeners and addresses must be right.
config::service service_of(const service_settings& s);

} // namespace weir::test
