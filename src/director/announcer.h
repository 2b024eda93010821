#pragma once

// Tells the links where the VIPs are, since hosts there may remember another director: each VIP out
// of each port, as gratuitous ARP or unsolicited neighbour advertisement (net/answer.h). Bursts
// with pauses between them: the ring to the worker that sends them is short, and what Linux sends
// shares it. A list that comes while another is under way replaces it and begins where that one
// was, so that all have their turn however often a configuration is reloaded. Control core only.

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "config/model.h"
#include "loop/event_loop.h"
#include "service/link_address.h"

namespace weir::director {

class announcer {
public:
    using sender = std::function<void(port_id, std::span<const std::byte> frame)>;

    static constexpr std::size_t burst = 256; ///< frames at once
    static constexpr std::chrono::milliseconds pause{10};

    /// The ports' MAC addresses, by port_id. `loop` outlives it.
    announcer(loop::event_loop& loop, std::vector<mac_address> ports, sender send)
        : loop_(loop), ports_(std::move(ports)), send_(std::move(send)) {}
    ~announcer() { loop_.cancel(timer_); }
    announcer(const announcer&) = delete;
    announcer& operator=(const announcer&) = delete;

    /// Begins to announce all addresses these services listen on, each once.
    void announce(const std::vector<config::service>& services);

private:
    void send_burst();

    loop::event_loop& loop_;
    std::vector<mac_address> ports_;
    sender send_;
    std::vector<ip_address> vips_; ///< under way
    std::size_t next_ = 0;         ///< frame: a VIP's of all ports, then the next one's
    loop::event_loop::timer_id timer_ = 0;
};

} // namespace weir::director
