#pragma once

// A non-blocking socket of a probe, on the event loop from open to close. If the check goes to the
// VIP, its packets take a detour (health/detour.h), unless the server is this host, which has the
// VIP. Control core.

#include <functional>
#include <optional>

#include "health/probe.h"
#include "net/socket_address.h"

namespace weir::health {

class probe_socket {
public:
    probe_socket(loop::event_loop& loop, detour_maker& detours) : loop_(loop), detours_(detours) {}
    ~probe_socket() { close(); }
    probe_socket(const probe_socket&) = delete;
    probe_socket& operator=(const probe_socket&) = delete;

    /// Opens it, binds it to `from` and starts to connect; `ready` is called for these epoll
    /// events. Returns a verdict on failure.
    std::optional<verdict> open(int type, const std::optional<ip_address>& from,
                                const probe_target& target, std::uint32_t events,
                                std::function<void(std::uint32_t)> ready);
    /// A verdict if the check was for the VIP and another address has answered.
    std::optional<verdict> missed_vip() const;
    int fd() const { return fd_; }
    void wait_for(std::uint32_t events);
    void close();

private:
    std::optional<verdict> make_detour(int type, const std::optional<ip_address>& from,
                                       const probe_target& target);

    loop::event_loop& loop_;
    detour_maker& detours_;
    int fd_ = -1;
    std::uint32_t events_ = 0;
    std::optional<detour> detour_;
};

} // namespace weir::health
