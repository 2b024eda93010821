#pragma once

// Multicast groups that a director must be a member of, joined on the twins so that Linux speaks
// IGMP and MLD for it: switches that snoop pass on only what somebody joined. They are VRRP's
// groups, and for each IPv6 VIP its solicited-node group (RFC 4291 section 2.7.1), without which
// its neighbours cannot find it. A socket holds a part of them; closing it leaves them. Control
// core only.

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "net/types.h"
#include "port/twin.h"
#include "service/link_address.h"

namespace weir::linux {

class memberships {
public:
    using wanted = std::set<std::pair<port_id, ip_address>>;

    /// `twins` by port_id, null for ports without one; they outlive this.
    explicit memberships(std::vector<port::twin*> twins) : twins_(std::move(twins)) {}
    ~memberships();
    memberships(const memberships&) = delete;
    memberships& operator=(const memberships&) = delete;

    /// Makes these the groups that are joined. What Linux refuses is logged.
    void set(const wanted& groups);

private:
    void join(port_id port, const ip_address& group);
    bool change(int socket, port_id port, const ip_address& group, bool join) const;

    std::vector<port::twin*> twins_;
    struct membership {
        int socket;    ///< that joined
        int interface; ///< of the twin then: Linux forgets groups with their interface
    };
    std::map<std::pair<port_id, ip_address>, membership> joined_;
    std::map<int, unsigned> sockets_; ///< how many groups each has
    int last_v4_ = -1;                ///< the socket that takes the next group
    int last_v6_ = -1;
};

} // namespace weir::linux
