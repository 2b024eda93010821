#pragma once

// A way for heartbeats to a peer: the value of `link` in `[peer NAME]`. Plain data, like the rest
// of the model (config/model.h).

#include <chrono>
#include <cstdint>
#include <string>

#include "net/types.h"

namespace weir::config {

enum class link_kind : std::uint8_t { udp, serial, disk };
/// "udp", ...
const char* to_string(link_kind kind);

struct peer_link {
    link_kind kind = link_kind::udp;
    ip_address address{};      ///< udp: the peer's
    std::uint16_t port = 7412; ///< udp: of both directors
    ip_address source{};       ///< udp: ours; none: as Linux chooses
    std::string device{};      ///< serial, disk: a path
    unsigned baud = 115200;    ///< serial
    std::uint32_t own = 0;     ///< disk: the sector that this director writes
    std::uint32_t theirs = 0;  ///< disk: the one that the peer writes
    std::chrono::milliseconds interval{10};
    friend bool operator==(const peer_link&, const peer_link&) = default;
};

/// Parses `udp ADDRESS[:PORT] ...`, `serial DEVICE ...` or `disk PATH ...`; throws bad_value
/// (config/values.h).
peer_link read_link(const std::string& value);
/// "udp 192.0.2.3:7412": how logs and commands name it.
std::string name_of(const peer_link& link);

} // namespace weir::config
