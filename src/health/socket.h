#pragma once

// A non-blocking socket of a probe, on the event loop from open to end. Control core.

#include <functional>
#include <optional>

#include <sys/socket.h>

#include "health/verdict.h"
#include "loop/event_loop.h"
#include "net/types.h"

namespace weir::health {

/// An address as the system calls want it.
struct socket_address {
    sockaddr_storage storage{};
    socklen_t length = 0;

    socket_address(const ip_address& address, std::uint16_t port);
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

class probe_socket {
public:
    explicit probe_socket(event_loop& loop) : loop_(loop) {}
    ~probe_socket() { close(); }
    probe_socket(const probe_socket&) = delete;
    probe_socket& operator=(const probe_socket&) = delete;

    /// Opens it, binds it to `from`, begins to connect; `ready` is called for these events of
    /// epoll's. A verdict when that fails.
    std::optional<verdict> open(int type, const std::optional<ip_address>& from,
                                const ip_address& to, std::uint16_t port, std::uint32_t events,
                                std::function<void(std::uint32_t)> ready);
    int fd() const { return fd_; }
    void wait_for(std::uint32_t events);
    void close();

private:
    event_loop& loop_;
    int fd_ = -1;
    std::uint32_t events_ = 0;
};

} // namespace weir::health
