#pragma once

// Checks with `to = vip`. A probe can connect only to a server's own address, because Linux would
// look for the VIP elsewhere. So it connects there. The code that handles its packets rewrites
// them: on the way out to a client's packets, addressed to the VIP on that server; on the way in,
// the answers come from the server's own address again. Health knows the socket, the other side
// knows the packets; they talk through this interface. Control core.

#include <cstdint>
#include <optional>

#include "net/encapsulation.h"
#include "net/types.h"

namespace weir::health {

/// The socket of a probe, and the destination of its packets.
struct detour {
    protocol proto = protocol::tcp;
    std::uint16_t local_port = 0; ///< unique among the sockets of this protocol and address
    ip_address local;             ///< the address that it is bound to; none = any
    ip_address server;            ///< the address that it connects to
    std::uint16_t port = 0;       ///< of the server, and of the VIP
    ip_address vip;               ///< of the server's family
    std::optional<encapsulation> tunnel{}; ///< clients' packets reach the server in this tunnel

    friend bool operator==(const detour&, const detour&) = default;
};

class detour_maker {
public:
    /// The socket is about to connect.
    virtual void open(const detour& d) = 0;
    /// True if a packet of the socket has gone to the VIP. None goes there if Linux reaches the
    /// server by another way than a port of weir.
    virtual bool taken(const detour& d) const = 0;
    /// The socket is closed; its last packets may still be on the way.
    virtual void close(const detour& d) = 0;

protected:
    ~detour_maker() = default;
};

} // namespace weir::health
