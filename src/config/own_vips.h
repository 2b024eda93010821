#pragma once

// A VIP that Linux on the director has as well, on `lo` or a twin, as LVS needs it. weir does not:
// it works, and means something else than with LVS. Pure.

#include <span>
#include <string>

#include "config/model.h"

namespace weir::config {

/// An address that Linux has.
struct address_of_linux {
    std::string interface;
    ip_address address;
    friend bool operator==(const address_of_linux&, const address_of_linux&) = default;
};

/// What it means that Linux has this address, if it is a VIP of the service: in one line; "" = it
/// is none, or weir has put it there for a server that is the director itself.
std::string meaning_of(const address_of_linux& here, const service& s, std::span<const port> ports);

} // namespace weir::config
