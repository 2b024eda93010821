#include "linux/memberships.h"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/log.h"

namespace weir::linux {

namespace {

/// Linux allows 20 groups of IPv4 (net.ipv4.igmp_max_memberships), and as many of IPv6 as fit into
/// net.core.optmem_max.
constexpr unsigned most_in_socket = 20;

} // namespace

memberships::~memberships() {
    for (const auto& [socket, groups] : sockets_)
        close(socket);
}

bool memberships::change(int socket, port_id port, const ip_address& group, bool join) const {
    if (group.is_v4()) {
        ip_mreqn request{};
        request.imr_multiaddr.s_addr = group.as_v4().raw;
        request.imr_ifindex = twins_[port]->index();
        return setsockopt(socket, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
                          &request, sizeof request)
               == 0;
    }
    ipv6_mreq request{};
    const auto bytes = group.bytes();
    std::memcpy(&request.ipv6mr_multiaddr, bytes.data(), bytes.size());
    request.ipv6mr_interface = static_cast<unsigned>(twins_[port]->index());
    return setsockopt(socket, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request,
                      sizeof request)
           == 0;
}

void memberships::set(const wanted& groups) {
    for (auto it = joined_.begin(); it != joined_.end();) {
        const auto& [which, how] = *it;
        const bool stays = how.interface == twins_[which.first]->index();
        if (stays && groups.contains(which)) {
            ++it;
            continue;
        }
        const int socket = how.socket;
        if (stays) change(socket, which.first, which.second, false);
        if (--sockets_[socket] == 0) {
            close(socket);
            sockets_.erase(socket);
        }
        it = joined_.erase(it);
    }
    for (const auto& [port, group] : groups)
        if (twins_[port] != nullptr && !joined_.contains({port, group})) join(port, group);
}

void memberships::join(port_id port, const ip_address& group) {
    int& last = group.is_v4() ? last_v4_ : last_v6_;
    if (const auto found = sockets_.find(last);
        found == sockets_.end() || found->second >= most_in_socket)
        last = ::socket(group.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (last >= 0 && change(last, port, group, true)) {
        ++sockets_[last];
        joined_[{port, group}] = {last, twins_[port]->index()};
        return;
    }
    log::limited(log::level::warning, "multicast groups", "{}: cannot join {}: {}",
                 twins_[port]->name(), to_string(group), std::strerror(errno));
    if (last >= 0 && !sockets_.contains(last)) close(last);
}

} // namespace weir::linux
