#pragma once

// What a worker hands to the control core, by class. Each class has a ring of its own, so that a
// flood of one leaves the others alone: a stranger who sends 100,000 datagrams a second to the
// director's own address fills the ring of ordinary traffic for Linux, and health checks go on.
//
//   checks   what servers and peers send to Linux: answers to health checks, connection sync
//   link     ARP, neighbour discovery, VRRP that is Linux's
//   resolve  packets that wait for a neighbour
//   rest     ssh, routing daemons, strangers
//
// A source address can be forged, so `checks` has limits: what one address sends above its share,
// or all together above theirs, goes the way of the rest.
//
// missed_answers remembers which servers' answers weir itself has lost, so that a check that hears
// nothing does not blame its server. One writer each; any thread reads.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "net/drop_reason.h"
#include "net/types.h"
#include "worker/answer_budget.h"

namespace weir::inline worker {

/// In the order in which the control core looks at them.
enum class errand_class : std::uint8_t { checks, link, resolve, rest };
inline constexpr std::size_t errand_classes = 4;

/// Why a packet of this class is dropped when its ring, or Linux's queue, is full.
constexpr drop_reason full_reason(errand_class c) noexcept {
    switch (c) {
    case errand_class::checks:
        return drop_reason::checks_full;
    case errand_class::link:
        return drop_reason::link_full;
    case errand_class::resolve:
        return drop_reason::neighbour_queue_full;
    case errand_class::rest:
        break;
    }
    return drop_reason::twin_full;
}

/// Packets a second from one worker that count as `checks`.
inline constexpr answer_limit checks_limit{.in_all = 50'000, .to_one = 5000};

class missed_answers {
public:
    /// Weir lost a packet from this address, or a request to it. `now`: coarse clock.
    void note(const ip_address& server, std::uint32_t now) noexcept {
        last_[place_of(server)].store(now, std::memory_order_relaxed);
    }
    /// Was one lost at `then` or later? Addresses share places, so it may be another's.
    bool any_since(const ip_address& server, std::uint32_t then) const noexcept {
        return last_[place_of(server)].load(std::memory_order_relaxed) >= then;
    }

private:
    static std::size_t place_of(const ip_address& server) noexcept {
        return (std::hash<ip_address>{}(server) >> 32) % places;
    }

    static constexpr std::size_t places = 256;
    std::array<std::atomic<std::uint32_t>, places> last_{}; ///< coarse clock; 0 = never
};

} // namespace weir::inline worker
