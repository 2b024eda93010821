#include "health/socket.h"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace weir::health {

namespace {

/// Bytes of TCP data in a packet that fits every path, even in an outer header of IPv6.
constexpr int least_segment = 1160;

} // namespace

std::optional<verdict> probe_socket::open(int type, const std::optional<ip_address>& from,
                                          const probe_target& target, std::uint32_t events,
                                          std::function<void(std::uint32_t)> ready) {
    const bool local = target.vip && !target.vip->forward.facts().needs_route;
    const ip_address& to = local ? target.vip->address : target.address;
    const int family = to.is_v4() ? AF_INET : AF_INET6;
    fd_ = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return of_errno(errno, "open a socket");
    if (target.vip && !local) {
        if (auto v = make_detour(type, from, target)) return v;
    } else if (from) {
        // The kernel chooses a source port once it knows the destination, so that ports do not run
        // out.
        const int yes = 1;
        setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        const socket_address source(*from, 0);
        if (bind(fd_, source.get(), source.length) != 0) return of_errno(errno, "send from there");
    }
    const socket_address destination(to, target.port);
    if (connect(fd_, destination.get(), destination.length) != 0 && errno != EINPROGRESS)
        return of_errno(errno, "connect");
    if (const int error = loop_.add(fd_, events, std::move(ready)); error != 0)
        return unable(error, "wait for a socket");
    events_ = events;
    return std::nullopt;
}

/// The source port identifies the packets of a detour, so this socket alone must have it.
std::optional<verdict> probe_socket::make_detour(int type, const std::optional<ip_address>& from,
                                                 const probe_target& target) {
    const bool stream = type == SOCK_STREAM;
    const int room = least_segment; // fits in a tunnel too
    if (stream) setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &room, sizeof room);
    const ip_address any = target.address.is_v4() ? ip_address::v4(be32{}) : ip_address{};
    socket_address bound(from.value_or(any), 0);
    if (bind(fd_, bound.get(), bound.length) != 0) return of_errno(errno, "have a local port");
    if (getsockname(fd_, bound.get(), &bound.length) != 0)
        return of_errno(errno, "know a local port");
    detour_ = {.proto = stream ? protocol::tcp : protocol::udp,
               .local_port = bound.port(),
               .local = from.value_or(ip_address{}),
               .server = target.address,
               .port = target.port,
               .vip = target.vip->address};
    const forwarding& way = target.vip->forward;
    if (way.facts().tunnels) detour_->tunnel = way.encap;
    detours_.open(*detour_);
    return std::nullopt;
}

std::optional<verdict> probe_socket::missed_vip() const {
    if (!detour_ || detours_.taken(*detour_)) return std::nullopt;
    return verdict{outcome::local,
                   "not checked: the way to the server leads through no port of weir"};
}

void probe_socket::wait_for(std::uint32_t events) {
    if (events != std::exchange(events_, events)) loop_.change(fd_, events);
}

void probe_socket::close() {
    if (fd_ < 0) return;
    if (events_ != 0) loop_.remove(fd_);
    ::close(fd_);
    fd_ = -1;
    if (detour_) detours_.close(*detour_);
    detour_.reset();
}

} // namespace weir::health
