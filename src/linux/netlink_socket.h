#pragma once

// The part of libnl that weir uses, in weir's types: sockets, listening to a group, asking the
// kernel to resolve a neighbour. Control core only.

#include <functional>
#include <optional>

#include <netlink/addr.h>
#include <netlink/object.h>
#include <netlink/socket.h>

#include "net/types.h"

namespace weir::linux::netlink {

/// A listener's callback for each object in the kernel's messages; `gone`: it was deleted.
using on_object = std::function<void(nl_object*, bool gone)>;

/// A socket for requests. Throws std::runtime_error.
nl_sock* open();

/// A non-blocking socket that listens to a multicast group (RTNLGRP_*). `heard` must live as long
/// as the process. Throws std::runtime_error.
nl_sock* open_listener(int group, on_object heard);

/// Joins another group.
void join(nl_sock* socket, int group);

/// Reads the messages that have come and calls the listener for each; false if some were lost.
bool receive(nl_sock* socket);

/// Requests everything the kernel has (RTM_GETROUTE, RTM_GETNEIGH, RTM_GETADDR); the answers go to
/// the listener.
void request_dump(nl_sock* socket, int type);

/// Asks the kernel to resolve an address, or to confirm it if stale (NTF_USE), and to report its
/// state, which it would not do by itself for a resolved neighbour. Leaves a permanent neighbour
/// unchanged; `asking`, a separate socket, finds that out. The answer goes to the listener. Logs a
/// kernel that has no room for more neighbours.
void resolve(nl_sock* listener, nl_sock* asking, int interface, const ip_address& address);

std::optional<ip_address> to_address(const nl_addr* address);
std::optional<prefix> to_prefix(const nl_addr* address);
std::optional<mac_address> to_mac(const nl_addr* address);

} // namespace weir::linux::netlink
