#include "service/neighbours.h"

#include <bit>

namespace weir::inline service {

neighbour_table::neighbour_table(std::uint32_t capacity)
    : slots_(capacity + 1, large_memory::pages::ordinary),
      index_(std::bit_ceil(std::size_t{capacity} * 4), large_memory::pages::ordinary) {}

std::size_t neighbour_table::home(port_id port, const ip_address& address) const noexcept {
    return (std::hash<ip_address>{}(address) + port * 0x9e3779b97f4a7c15u) >> 32;
}

neighbour_id neighbour_table::find(port_id port, const ip_address& address) const noexcept {
    const std::size_t mask = index_.size() - 1;
    for (std::size_t i = home(port, address);; ++i) {
        const neighbour_id id = index_[i & mask].load(std::memory_order_acquire);
        if (id == 0) return 0;
        if (id != tombstone && slots_[id].port == port && slots_[id].address == address) return id;
    }
}

neighbour_id neighbour_table::add(port_id port, const ip_address& address) {
    if (const neighbour_id known = find(port, address); known != 0) return known;
    // A quarter of the index stays free of references and tombstones: every probe ends.
    if (tombstones_ > index_.size() / 4) return 0;
    neighbour_id id = 0;
    if (!free_.empty()) {
        id = free_.back();
        free_.pop_back();
    } else if (next_ < slots_.size()) {
        id = next_++;
    } else {
        return 0;
    }
    slot& s = slots_[id];
    s.address = address;
    s.port = port;
    s.link.store(link_address::unresolved(port).word(), std::memory_order_relaxed);
    s.last_used.store(0, std::memory_order_relaxed);
    s.indexed = true;
    s.silent = false;
    const std::size_t mask = index_.size() - 1;
    for (std::size_t i = home(port, address);; ++i) {
        auto& at = index_[i & mask];
        const neighbour_id there = at.load(std::memory_order_relaxed);
        if (there != 0 && there != tombstone) continue;
        if (there == tombstone) --tombstones_;
        at.store(id, std::memory_order_release);
        return id;
    }
}

void neighbour_table::set(neighbour_id id, const mac_address& mac) noexcept {
    slots_[id].link.store(link_address(mac, slots_[id].port).word(), std::memory_order_release);
    slots_[id].silent = false;
}

void neighbour_table::unresolve(neighbour_id id) noexcept {
    slots_[id].link.store(link_address::unresolved(slots_[id].port).word(),
                          std::memory_order_release);
}

void neighbour_table::remove(neighbour_id id) noexcept {
    slot& s = slots_[id];
    const std::size_t mask = index_.size() - 1;
    for (std::size_t i = home(s.port, s.address);; ++i) {
        auto& at = index_[i & mask];
        if (at.load(std::memory_order_relaxed) != id) continue;
        // The end of a probe chain needs no tombstone, nor do the ones before it then.
        if (index_[(i + 1) & mask].load(std::memory_order_relaxed) != 0) {
            at.store(tombstone, std::memory_order_release);
            ++tombstones_;
        } else {
            at.store(0, std::memory_order_release);
            for (std::size_t j = i - 1;
                 index_[j & mask].load(std::memory_order_relaxed) == tombstone; --j) {
                index_[j & mask].store(0, std::memory_order_release);
                --tombstones_;
            }
        }
        break;
    }
    s.indexed = false;
    unresolve(id);
}

void neighbour_table::release(neighbour_id id) {
    free_.push_back(id);
}

} // namespace weir::inline service
