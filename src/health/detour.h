#pragma once

// Checks with `to = vip`. A probe can connect only to a server's own address: Linux would look for
// the VIP elsewhere. So it connects there, and whoever has the packets in hand makes them a
// client's on their way out, to the VIP at that server, and its answers the server's own on their
// way in. Health knows the socket, control the packets; this is what one tells the other. Control
// core.

#include <cstdint>

#include "net/types.h"

namespace weir::health {

/// The socket of a probe, and where its packets are to arrive.
struct detour {
    protocol proto = protocol::tcp;
    std::uint16_t local_port = 0; ///< no other socket of this protocol and address has it
    ip_address local;             ///< the address it is bound to; none = any
    ip_address server;            ///< what it is connected to
    std::uint16_t port = 0;       ///< of the server, and of the VIP
    ip_address vip;               ///< of the server's family
    bool tunnel = false;          ///< clients' packets reach the server by IP-in-IP

    friend bool operator==(const detour&, const detour&) = default;
};

class detour_maker {
public:
    /// The socket is about to connect.
    virtual void open(const detour& d) = 0;
    /// Has a packet of the socket been sent to the VIP? None has when Linux reaches the server by
    /// another way than a port of weir.
    virtual bool taken(const detour& d) const = 0;
    /// The socket is closed; what it has said may still be under way.
    virtual void close(const detour& d) = 0;

protected:
    ~detour_maker() = default;
};

} // namespace weir::health
