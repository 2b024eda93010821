#pragma once

// The little of libnl that weir needs, in weir's types: sockets, listening to a group, asking the
// kernel to resolve a neighbour. Control core only.

#include <functional>
#include <optional>

#include <netlink/addr.h>
#include <netlink/object.h>
#include <netlink/socket.h>

#include "net/types.h"

namespace weir::linux::netlink {

/// What a listener calls for each object the kernel speaks of; `gone`: it was deleted.
using on_object = std::function<void(nl_object*, bool gone)>;

/// A socket for requests. Throws std::runtime_error.
nl_sock* open();

/// A non-blocking socket that hears a multicast group (RTNLGRP_*). `heard` lives as long as the
/// process. Throws std::runtime_error.
nl_sock* open_listener(int group, on_object heard);

/// Joins another group.
void join(nl_sock* socket, int group);

/// Reads what has come and calls the listener for it; false when messages were lost.
bool receive(nl_sock* socket);

/// Has the kernel tell everything it has (RTM_GETROUTE, RTM_GETNEIGH, RTM_GETADDR); the answers
/// come to the listener.
void request_dump(nl_sock* socket, int type);

/// Asks the kernel to resolve an address, or to confirm it when it is stale (NTF_USE), and what it
/// knows of it: of a neighbour that is resolved already it would not speak by itself. A permanent
/// neighbour stays as it is: `asking`, a socket of its own, is for finding that out. The answer
/// comes to the listener. A kernel without room for more neighbours is reported.
void resolve(nl_sock* listener, nl_sock* asking, int interface, const ip_address& address);

std::optional<ip_address> to_address(const nl_addr* address);
std::optional<prefix> to_prefix(const nl_addr* address);
std::optional<mac_address> to_mac(const nl_addr* address);

} // namespace weir::linux::netlink
