// A link by UDP, over any of Linux's interfaces: one frame in one datagram. The socket is
// connected, so datagrams from elsewhere never reach it.

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "links/path.h"

namespace weir::links {

namespace {

struct socket_address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

socket_address address_of(const ip_address& address, bool v4, std::uint16_t port) {
    socket_address result;
    if (v4) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = be16::from_host(port).raw;
        if (!address.is_none()) to.sin_addr.s_addr = address.as_v4().raw;
        std::memcpy(&result.storage, &to, sizeof to);
        result.size = sizeof to;
        return result;
    }
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = be16::from_host(port).raw;
    if (!address.is_none()) std::memcpy(&to.sin6_addr, address.bytes().data(), sizeof to.sin6_addr);
    std::memcpy(&result.storage, &to, sizeof to);
    result.size = sizeof to;
    return result;
}

class udp_path final : public path {
public:
    explicit udp_path(const path_settings& s) : wanted_(s) {}
    ~udp_path() override { shut(); }

    std::string open() noexcept override {
        const bool v4 = wanted_.address.is_v4();
        fd_ = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int on = 1;
        const socket_address from = address_of(wanted_.source, v4, wanted_.port);
        const socket_address to = address_of(wanted_.address, v4, wanted_.port);
        if (fd_ < 0) return trouble("no socket");
        setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd_, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_FREEBIND : IPV6_FREEBIND, &on,
                   sizeof on);
        if (bind(fd_, from.get(), from.size) != 0) return trouble("binding");
        if (connect(fd_, to.get(), to.size) != 0) return trouble("connecting");
        return "";
    }
    bool is_open() const noexcept override { return fd_ >= 0; }
    int fd() const noexcept override { return fd_; }

    bool send(std::span<const std::byte> frame) noexcept override {
        // Linux reports an earlier datagram's error first.
        for (int attempt = 0; attempt < 2; ++attempt) {
            if (::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL) >= 0) return true;
            if (errno != ECONNREFUSED && errno != EHOSTUNREACH) break;
        }
        // The address that it was connected from is gone: another may do.
        if (errno == EINVAL || errno == EADDRNOTAVAIL || errno == ENETUNREACH) shut();
        return false;
    }
    std::size_t receive(std::span<std::byte> room) noexcept override {
        for (int attempt = 0; attempt < 2; ++attempt) {
            const ssize_t got = recv(fd_, room.data(), room.size(), 0);
            if (got > 0) return static_cast<std::size_t>(got);
            if (got < 0 && errno != ECONNREFUSED && errno != EHOSTUNREACH) break;
        }
        return 0;
    }

private:
    std::string trouble(const char* what) {
        const int reason = errno;
        shut();
        return std::string(what) + ": " + std::strerror(reason);
    }
    void shut() noexcept {
        if (fd_ >= 0) close(fd_);
        fd_ = -1;
    }

    const path_settings wanted_;
    int fd_ = -1;
};

} // namespace

std::unique_ptr<path> make_udp_path(const path_settings& s) {
    return std::make_unique<udp_path>(s);
}

std::unique_ptr<path> make_path(const path_settings& s) {
    switch (s.kind) {
    case path_kind::serial:
        return make_serial_path(s);
    case path_kind::disk:
        return make_disk_path(s);
    case path_kind::udp:
        break;
    }
    return make_udp_path(s);
}

} // namespace weir::links
