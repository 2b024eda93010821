#pragma once

// Something that a `[vrrp]` watches beside its own port: `track-port`, `track-ping`,
// `track-script`, `track-service`. While it is bad, the director cannot hold the addresses, or,
// with `priority=`, is a worse candidate for them. Plain data, like the rest of the model
// (config/model.h).

#include <cstdint>
#include <string>
#include <vector>

#include "config/check.h"
#include "net/types.h"

namespace weir::config {

enum class tracked : std::uint8_t { port, ping, script, service };
/// "port", "ping", ...
const char* to_string(tracked what);

struct track {
    tracked what = tracked::port;
    std::string name{};                ///< a port's or service's; of others an operator's word
    std::vector<ip_address> targets{}; ///< ping
    config::check check{};             ///< ping, script
    unsigned least = 1;                ///< ping: targets that must answer; service: servers in use
    /// 0: while it is bad the [vrrp] is at fault. Above: added to the priority while it is good.
    /// Below: while it is bad.
    int priority = 0;

    friend bool operator==(const track&, const track&) = default;
};

/// Parses the value of `track-port` and its like; throws bad_value (config/values.h).
track read_track(tracked what, const std::string& value);

} // namespace weir::config
