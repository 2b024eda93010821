#pragma once

// Announces the VIPs on the links, since hosts there may remember another director: each VIP on
// each port, as gratuitous ARP or unsolicited neighbour advertisement. It sends bursts with pauses,
// because the ring to the sending worker is short and Linux's packets share it. A new list replaces
// the current one and continues at its position, so that every VIP gets its turn however often the
// configuration is reloaded. A port whose link comes up gets the list once more: what was sent
// without a link is lost, and a switch that came back has forgotten us. A VIP that is new is asked
// for first, as RFC 5227 and RFC 4862 have it: whoever has it answers, and that is noticed like any
// claim (director/rivals.h). Control core only.

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

    static constexpr std::size_t burst = 256; ///< frames per burst
    static constexpr std::chrono::milliseconds pause{10};

    /// The ports' MAC addresses, by port_id. `loop` must outlive it.
    announcer(loop::event_loop& loop, std::vector<mac_address> ports, sender send)
        : loop_(loop), ports_(std::move(ports)), turns_(ports_.size()), send_(std::move(send)) {}
    ~announcer() { loop_.cancel(timer_); }
    announcer(const announcer&) = delete;
    announcer& operator=(const announcer&) = delete;

    /// Starts to announce all addresses that these services listen on, each once, except those that
    /// others announce.
    void announce(const std::vector<config::service>& services,
                  const std::function<bool(const ip_address&)>& by_others = {});
    /// Announces them all on one port, whose link has come up.
    void announce_on(port_id port);

private:
    /// How far a port is: the list goes round.
    struct turn {
        std::size_t next = 0; ///< VIP
        std::size_t left = 0; ///< how many more
    };
    void send_burst();

    loop::event_loop& loop_;
    std::vector<mac_address> ports_;
    std::vector<turn> turns_; ///< by port_id
    sender send_;
    std::vector<ip_address> vips_; ///< in order
    std::vector<bool> fresh_;      ///< not in the list before: to be asked for
    loop::event_loop::timer_id timer_ = 0;
};

} // namespace weir::director
