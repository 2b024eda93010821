#pragma once

// Who is reached how on the links: IP address and port to MAC address, as Linux knows it. The
// control core writes; workers read without locks and leave a note of when they last used a
// neighbour, so that the control core keeps it fresh. Slots are found by number (servers, gateways)
// or by address (clients on the link). A slot is reused only after it was unused for long and a
// grace period.

#include <atomic>
#include <cstdint>
#include <vector>

#include "flow/memory.h"
#include "net/types.h"
#include "service/link_address.h"

namespace weir::inline service {

/// Number of a neighbour slot; 0 = none.
using neighbour_id = std::uint32_t;

class neighbour_table {
public:
    /// Room for `capacity` neighbours.
    explicit neighbour_table(std::uint32_t capacity);

    // Workers.
    link_address at(neighbour_id id) const noexcept {
        return link_address{slots_[id].link.load(std::memory_order_acquire)};
    }
    /// The neighbour with this address on this port, or 0.
    neighbour_id find(port_id port, const ip_address& address) const noexcept;
    void used(neighbour_id id, std::uint32_t now) const noexcept {
        auto& last = slots_[id].last_used;
        if (last.load(std::memory_order_relaxed) != now) last.store(now, std::memory_order_relaxed);
    }

    // Control core.
    /// Finds or adds; 0 when the table is full.
    neighbour_id add(port_id port, const ip_address& address);
    void set(neighbour_id id, const mac_address& mac) noexcept;
    void unresolve(neighbour_id id) noexcept;
    /// Notes that nobody answered for it; until the next set().
    void set_silent(neighbour_id id) noexcept { slots_[id].silent = true; }
    bool is_silent(neighbour_id id) const noexcept { return slots_[id].silent; }
    /// Takes it out of the index; the slot may be reused after release(), a grace period later.
    void remove(neighbour_id id) noexcept;
    void release(neighbour_id id);

    ip_address address(neighbour_id id) const noexcept { return slots_[id].address; }
    port_id port(neighbour_id id) const noexcept { return slots_[id].port; }
    std::uint32_t last_used(neighbour_id id) const noexcept {
        return slots_[id].last_used.load(std::memory_order_relaxed);
    }
    /// One past the largest id in use.
    neighbour_id end() const noexcept { return next_; }
    bool exists(neighbour_id id) const noexcept { return slots_[id].indexed; }

private:
    struct alignas(64) slot {
        ip_address address;
        std::atomic<std::uint64_t> link{0};
        std::atomic<std::uint32_t> last_used{0};
        port_id port = 0;
        bool indexed = false;
        bool silent = false;
    };

    std::size_t home(port_id port, const ip_address& address) const noexcept;

    static constexpr neighbour_id tombstone = UINT32_MAX;

    large_array<slot> slots_;
    large_array<std::atomic<neighbour_id>> index_; ///< open addressing, linear probing
    std::vector<neighbour_id> free_;
    neighbour_id next_ = 1;
    std::size_t tombstones_ = 0;
};

} // namespace weir::inline service
