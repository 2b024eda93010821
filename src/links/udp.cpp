// A link by UDP, over any of Linux's interfaces: one frame in one datagram. The socket is
// connected, so datagrams from elsewhere never reach it.

#include <cerrno>

#include <netinet/in.h>
#include <sys/socket.h>

#include "links/path.h"
#include "net/socket_address.h"

namespace weir::links {

namespace {

class udp_path final : public descriptor_path {
public:
    explicit udp_path(const path_settings& s) : wanted_(s) {}

    std::string open() noexcept override {
        const bool v4 = wanted_.address.is_v4();
        fd_ = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int on = 1;
        const socket_address from(wanted_.source, wanted_.port, v4);
        const socket_address to(wanted_.address, wanted_.port);
        if (fd_ < 0) return trouble("no socket");
        setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd_, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_FREEBIND : IPV6_FREEBIND, &on,
                   sizeof on);
        if (bind(fd_, from.get(), from.length) != 0) return trouble("binding");
        if (connect(fd_, to.get(), to.length) != 0) return trouble("connecting");
        return "";
    }

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
    const path_settings wanted_;
};

} // namespace

std::unique_ptr<path> make_udp_path(const path_settings& s) {
    return std::make_unique<udp_path>(s);
}

} // namespace weir::links
