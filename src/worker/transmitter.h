#pragma once

// The last stage: finished frames are gathered per device and sent a burst at a time. A worker
// without a queue of its own on a device passes them to the worker that has one. Every packet given
// here ends in the books: sent, or lost for a reason, under its origin. Used by its worker only.

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include <rte_ethdev.h>

#include "worker/shared.h"

namespace weir::inline worker {

/// Packets handled at once.
inline constexpr unsigned burst_size = 32;

/// One device as one worker uses it.
struct device_wiring {
    std::uint16_t device = 0; ///< DPDK port id
    int rx_queue = -1;        ///< -1: this worker does not receive from it
    int tx_queue = -1;        ///< -1: this worker sends through `tx_worker`
    unsigned tx_worker = 0;
    bool spread = false; ///< fewer queues than workers: pass packets on by flow hash
    /// Several cards: packets come under the number of the one that received them, and a worker
    /// with nothing to send calls the driver all the same (port/bond.h).
    bool bonded = false;
};

class transmitter {
public:
    transmitter(director_state& state, unsigned worker, const std::vector<device_wiring>& devices);

    /// Sends a whole frame through a device, when the burst is full or at flush().
    void send(rte_mbuf* m, std::uint16_t device, packet_origin origin) noexcept {
        device_queue& out = ways_[device];
        out.packets[out.count] = m;
        if (origin != packet_origin::received) [[unlikely]] {
            out.origins[out.count] = origin;
            ++out.others;
        }
        if (++out.count == burst_size) flush(out);
    }
    /// Calls `visit(mbuf, device, origin)` for each frame that waits.
    template <typename Visit>
    void each_waiting(Visit&& visit) const {
        for (const std::uint16_t device : used_)
            for (unsigned i = 0; i < ways_[device].count; ++i)
                visit(*ways_[device].packets[i], device, ways_[device].origins[i]);
    }
    /// Does not call the device's driver any more. Any thread; a turn may still do so.
    void leave_device(std::uint16_t device) noexcept {
        for (kept_going& each : kept_going_)
            if (each.device == device)
                std::atomic_ref(each.left).store(true, std::memory_order_relaxed);
    }
    /// Sends what waits.
    void flush() noexcept {
        for (const std::uint16_t device : used_)
            if (ways_[device].count != 0) flush(ways_[device]);
        for (kept_going& each : kept_going_)
            if (!std::atomic_ref(each.left).load(std::memory_order_relaxed))
                rte_eth_tx_burst(each.device, each.queue, nullptr, 0);
    }

private:
    struct device_queue {
        unsigned count = 0;
        unsigned others = 0; ///< of these, not received ones
        std::uint16_t device = 0;
        int queue = -1;
        rte_ring* through = nullptr; ///< the outbox of the worker that has the queue
        std::array<rte_mbuf*, burst_size> packets;
        std::array<packet_origin, burst_size> origins{}; ///< received ones, but for `others`
    };

    /// A bond, whose driver is to be called at each turn.
    struct kept_going {
        std::uint16_t device = 0;
        std::uint16_t queue = 0;
        bool left = false;
    };

    void flush(device_queue& out) noexcept;
    void hand_over(device_queue& out) noexcept;
    void note_lost_request(const rte_mbuf& m) noexcept;
    void lose(const device_queue& out, unsigned from, drop_reason reason) noexcept;
    static void clear(device_queue& out) noexcept;

    director_state& state_;
    packet_books& books_;
    missed_answers& missed_;
    const unsigned number_;          ///< the worker's
    std::vector<device_queue> ways_; ///< by DPDK port id
    std::vector<std::uint16_t> used_;
    std::vector<kept_going> kept_going_;
};

} // namespace weir::inline worker
