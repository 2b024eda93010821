#pragma once

// The TCP sockets between directors: Linux's, through a twin or any other interface, and never
// blocking. They may be bound to an address that the host does not have yet. The sync thread only.

#include <cstdint>
#include <string>

#include "net/types.h"

namespace weir::sync {

/// Begins to connect from `source` (none: any). -1, and why in `wrong`, if not even that works.
int connect_to(const ip_address& address, std::uint16_t port, const ip_address& source,
               std::string& wrong);
/// Listens at an address; none: at all. As connect_to().
int listen_at(const ip_address& address, std::uint16_t port, std::string& wrong);
/// The next connection and whom it is from; -1: none.
int accept_from(int listener, ip_address& from);

} // namespace weir::sync
