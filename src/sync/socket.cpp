#include "sync/socket.h"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket_address.h"

namespace weir::sync {

namespace {

constexpr int send_buffer = 1 << 19; ///< bytes; Linux's own would let a slow link lag by seconds
constexpr int backlog = 16;

int fail(int fd, const char* what, std::string& wrong) {
    wrong = std::string(what) + ": " + std::strerror(errno);
    if (fd >= 0) close(fd);
    return -1;
}

void set(int fd, int level, int option, int value) {
    setsockopt(fd, level, option, &value, sizeof value);
}

int make_socket(const ip_address& address) {
    const int family = address.is_v4() ? AF_INET : AF_INET6;
    const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fd;
    if (family == AF_INET)
        set(fd, IPPROTO_IP, IP_FREEBIND, 1);
    else
        set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
    return fd;
}

void tune(int fd) {
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_SNDBUF, send_buffer);
}

} // namespace

int connect_to(const ip_address& address, std::uint16_t port, const ip_address& source,
               std::string& wrong) {
    const int fd = make_socket(address);
    if (fd < 0) return fail(fd, "no socket", wrong);
    tune(fd);
    if (!source.is_none()) {
        const socket_address from(source, 0);
        if (bind(fd, from.get(), from.length) != 0) return fail(fd, "its source", wrong);
    }
    const socket_address to(address, port);
    if (connect(fd, to.get(), to.length) != 0 && errno != EINPROGRESS)
        return fail(fd, "connecting", wrong);
    return fd;
}

int listen_at(const ip_address& address, std::uint16_t port, std::string& wrong) {
    const int fd = make_socket(address);
    if (fd < 0) return fail(fd, "no socket", wrong);
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (address.is_none()) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    const socket_address at(address, port);
    if (bind(fd, at.get(), at.length) != 0) return fail(fd, "binding", wrong);
    if (listen(fd, backlog) != 0) return fail(fd, "listening", wrong);
    return fd;
}

int accept_from(int listener, ip_address& from) {
    socket_address peer;
    const int fd = accept4(listener, peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return -1;
    tune(fd);
    from = peer.address();
    return fd;
}

} // namespace weir::sync
