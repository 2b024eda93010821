#include "health/socket.h"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <unistd.h>

namespace weir::health {

socket_address::socket_address(const ip_address& address, std::uint16_t port) {
    const be16 network = be16::from_host(port);
    if (address.is_v4()) {
        auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
        v4.sin_family = AF_INET;
        v4.sin_port = network.raw;
        v4.sin_addr.s_addr = address.as_v4().raw;
        length = sizeof v4;
    } else {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = network.raw;
        std::memcpy(&v6.sin6_addr, &address, sizeof address);
        length = sizeof v6;
    }
}

std::optional<verdict> probe_socket::open(int type, const std::optional<ip_address>& from,
                                          const ip_address& to, std::uint16_t port,
                                          std::uint32_t events,
                                          std::function<void(std::uint32_t)> ready) {
    const int family = to.is_v4() ? AF_INET : AF_INET6;
    fd_ = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return of_errno(errno, "open a socket");
    if (from) {
        // A source port is chosen with the destination known, so that they do not run out.
        const int yes = 1;
        setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        const socket_address source(*from, 0);
        if (bind(fd_, source.get(), source.length) != 0) return of_errno(errno, "send from there");
    }
    const socket_address destination(to, port);
    if (connect(fd_, destination.get(), destination.length) != 0 && errno != EINPROGRESS)
        return of_errno(errno, "connect");
    if (const int error = loop_.add(fd_, events, std::move(ready)); error != 0)
        return unable(error, "wait for a socket");
    events_ = events;
    return std::nullopt;
}

void probe_socket::wait_for(std::uint32_t events) {
    if (events != std::exchange(events_, events)) loop_.change(fd_, events);
}

void probe_socket::close() {
    if (fd_ < 0) return;
    if (events_ != 0) loop_.remove(fd_);
    ::close(fd_);
    fd_ = -1;
}

} // namespace weir::health
