#pragma once

// What services and servers are called across reloads, restarts and directors. A slot's number
// (target_id) is one run's own, and a section's name or a server's `name=` are an operator's words,
// which an edit changes. These names follow from what clients and packets see: the first listener
// of a service, the address and port of a server. Values: any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "net/types.h"

namespace weir::inline net {

struct service_name {
    endpoint first; ///< of its listeners
    friend bool operator==(const service_name&, const service_name&) = default;
};

struct server_name {
    ip_address address;
    std::uint16_t port = 0; ///< as the file gives it; 0 = the one that the client asked for
    friend bool operator==(const server_name&, const server_name&) = default;
};

/// "192.0.2.11:80"; without a port the address alone.
inline std::string to_string(const server_name& name) {
    return name.port == 0 ? to_string(name.address) : to_string(name.address, name.port);
}

/// As log lines call a server: "web1 (192.0.2.11:80)"; `word` is its `name=`, "" = none.
inline std::string with_word(std::string_view word, std::string name) {
    if (word.empty()) return name;
    return std::string(word).append(" (").append(name).append(")");
}

} // namespace weir::inline net
