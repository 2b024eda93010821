#pragma once

// The flows that were opened at one server, in their order, so that at its upper threshold a new
// client takes the place of the oldest that is still half-open (worker/place.cpp). Most of those in
// it are open or over by then: whoever takes one looks at its entry. A ring of fixed size that any
// worker adds to and takes from, without locks. When it is full, the oldest are forgotten and keep
// their places until they time out; an addition that is under way while its place is read is
// forgotten as well. Neither breaks a promise: a place is given only when one was taken.

#include <array>
#include <atomic>
#include <cstdint>

#include "flow/entry.h"

namespace weir::inline service {

class half_open_queue {
public:
    static constexpr std::uint32_t room = 1024;

    void add(flow_index flow) noexcept {
        const std::uint32_t at = tail_.fetch_add(1, std::memory_order_relaxed);
        flows_[at % room].store(flow, std::memory_order_release);
    }
    /// The oldest, which is then no longer in it; 0: it has just been forgotten. False: empty.
    bool take(flow_index& flow) noexcept {
        std::uint32_t head = head_.load(std::memory_order_relaxed);
        std::uint32_t at = head;
        do {
            const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
            if (head == tail) return false;
            at = tail - head > room ? tail - room : head;
        } while (!head_.compare_exchange_weak(head, at + 1, std::memory_order_relaxed));
        flow = flows_[at % room].exchange(0, std::memory_order_acquire);
        return true;
    }

private:
    alignas(64) std::atomic<std::uint32_t> tail_{0};
    std::atomic<std::uint32_t> head_{0};
    std::array<std::atomic<flow_index>, room> flows_{};
};

} // namespace weir::inline service
