#pragma once

// All icmp checks through one raw socket per family. A random 64-bit word, which only the server
// has seen, matches replies to requests; nothing else in a reply is trusted. Control core. RFC 792,
// RFC 4443 section 4.

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "health/verdict.h"
#include "loop/event_loop.h"
#include "net/types.h"

namespace weir::health {

class pinger {
public:
    using token = std::uint64_t;

    explicit pinger(loop::event_loop& loop) : loop_(loop) {}
    ~pinger();
    pinger(const pinger&) = delete;
    pinger& operator=(const pinger&) = delete;

    /// Sends an echo request; calls `answered` once if its reply comes. Returns a verdict if it
    /// cannot send.
    std::optional<verdict> send(const ip_address& to, const std::optional<ip_address>& from,
                                token& sent, std::function<void()> answered);
    void forget(token sent) { waiting_.erase(sent); }

private:
    struct expectation {
        ip_address from;
        std::function<void()> answered;
    };

    int socket_for(const ip_address& address);
    void receive(int fd, bool v4);
    void take(const ip_address& from, const char* bytes, std::size_t length, bool v4);

    loop::event_loop& loop_;
    int v4_ = -1;
    int v6_ = -1;
    std::unordered_map<token, expectation> waiting_;
};

} // namespace weir::health
