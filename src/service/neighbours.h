#pragma once

// Who is reached how on the links: IP address and port to MAC address, as Linux knows it. The
// control core writes; workers read without locks and leave a note of when they last used a
// neighbour, so that the control core keeps it fresh. Slots are found by number (servers, gateways)
// or by address (clients on the link). A slot is reused only after it was unused for long and a
// grace period.

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "flow/memory.h"
#include "net/types.h"

namespace weir {

/// The number of a logical port: its place in the configuration.
using port_id = std::uint8_t;
inline constexpr unsigned max_ports = 32;

/// Number of a neighbour slot; 0 = none.
using neighbour_id = std::uint32_t;

/// A neighbour's link address in one word, so that it is read and changed whole: six bytes of MAC,
/// the port, and whether it is resolved.
class link_address {
public:
    link_address() = default;
    explicit link_address(std::uint64_t word) noexcept : word_(word) {}
    link_address(const mac_address& mac, port_id port) noexcept {
        std::memcpy(&word_, mac.bytes.data(), mac.bytes.size());
        word_ |= std::uint64_t{port} << port_shift | resolved_bit;
    }
    static link_address unresolved(port_id port) noexcept {
        return link_address{std::uint64_t{port} << port_shift};
    }

    bool resolved() const noexcept { return (word_ & resolved_bit) != 0; }
    port_id port() const noexcept { return static_cast<port_id>(word_ >> port_shift); }
    mac_address mac() const noexcept {
        mac_address mac;
        std::memcpy(mac.bytes.data(), &word_, mac.bytes.size());
        return mac;
    }
    std::uint64_t word() const noexcept { return word_; }
    /// Does an Ethernet frame, of which there are at least 8 bytes, go there?
    bool is_destination_of(const std::byte* frame) const noexcept {
        std::uint64_t begin;
        std::memcpy(&begin, frame, sizeof begin);
        return (begin ^ word_) << 16 == 0;
    }
    /// Begins an Ethernet frame that goes there: its addresses.
    void write(std::byte* frame, link_address from) const noexcept {
        const std::uint64_t begin = (word_ & mac_bits) | from.word_ << port_shift;
        const auto rest = static_cast<std::uint32_t>(from.word_ >> 16);
        std::memcpy(frame, &begin, sizeof begin);
        std::memcpy(frame + sizeof begin, &rest, sizeof rest);
    }

private:
    static constexpr unsigned port_shift = 48;
    static constexpr std::uint64_t mac_bits = (std::uint64_t{1} << port_shift) - 1;
    static constexpr std::uint64_t resolved_bit = std::uint64_t{1} << 56;
    std::uint64_t word_ = 0;
};

class neighbour_table {
public:
    /// Room for `capacity` neighbours.
    explicit neighbour_table(std::uint32_t capacity);

    // Workers.
    link_address at(neighbour_id id) const noexcept {
        return link_address{slots_[id].link.load(std::memory_order_acquire)};
    }
    /// The same, about to be used.
    link_address use(neighbour_id id, std::uint32_t now) const noexcept {
        used(id, now);
        return at(id);
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
    };

    std::size_t home(port_id port, const ip_address& address) const noexcept;

    static constexpr neighbour_id tombstone = UINT32_MAX;

    large_array<slot> slots_;
    large_array<std::atomic<neighbour_id>> index_; ///< open addressing, linear probing
    std::vector<neighbour_id> free_;
    neighbour_id next_ = 1;
    std::size_t tombstones_ = 0;
};

} // namespace weir
