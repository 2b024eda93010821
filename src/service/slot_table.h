#pragma once

// Where packets without an entry go: a table of slots for each service, read by one load.
//
// A packet's slot is the top bits of a keyed hash of its flow (with persistence: of its client's
// network). The control core works out which server each slot leads to (slot_keeper.h) and changes
// words in place; each word is written at once, so a worker sees the server before or after a
// change, never a mixture. Servers are named by their slot numbers in the server store, which stay
// with them across reloads, so the word needs no second table beside it: the store has 2^17 slots,
// more than the 16 bits that a number within one service would take, hence columns of 20 bits.
//
// A word has room for three columns and four flags. `newest` is what today's weights and health
// say; the other two are 0 for now.
//
//     63      60 59           40 39           20 19            0
//     |  flags  |     next      |     base      |    newest     |
//
// Size: a power of two, at least 128 slots for each server, so that shares are true to about 1 %
// and a change of the list rarely changes the size, which moves every flow. One server needs one
// slot; from two on there are at least 512. Ten thousand services of two servers take 40 MiB, one
// service of ten thousand 16 MiB.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "flow/memory.h"
#include "flow/target.h"

namespace weir::inline service {

/// One slot's word as a value.
class slot_word {
public:
    static constexpr unsigned column_bits = 20;
    static constexpr std::uint64_t column = (1u << column_bits) - 1;

    constexpr slot_word() = default;
    constexpr explicit slot_word(std::uint64_t bits) noexcept : bits_(bits) {}
    constexpr std::uint64_t bits() const noexcept { return bits_; }
    /// The server slot; 0 = no server.
    constexpr target_id newest() const noexcept { return bits_ & column; }
    constexpr slot_word with_newest(target_id id) const noexcept {
        return slot_word((bits_ & ~column) | (id & column));
    }

private:
    std::uint64_t bits_ = 0;
};

class slot_table {
public:
    static constexpr std::size_t slots_per_server = 128;
    static constexpr std::size_t least_slots = 512;

    /// log2 of the number of slots for so many servers. The same for every director, whatever it
    /// had before.
    static unsigned bits_for(std::size_t servers) noexcept {
        if (servers <= 1) return 0;
        return static_cast<unsigned>(
            std::countr_zero(std::bit_ceil(std::max(servers * slots_per_server, least_slots))));
    }

    /// 2^bits slots that lead nowhere. Throws std::bad_alloc.
    explicit slot_table(unsigned bits) : bits_(bits) {
        if (bytes() < large) {
            small_ = std::make_unique<std::atomic<std::uint64_t>[]>(size());
            words_ = small_.get();
        } else {
            large_ = large_array<std::atomic<std::uint64_t>>(size());
            words_ = large_.data();
        }
    }
    slot_table(const slot_table&) = delete;
    slot_table& operator=(const slot_table&) = delete;

    unsigned bits() const noexcept { return bits_; }
    std::size_t size() const noexcept { return std::size_t{1} << bits_; }
    std::size_t bytes() const noexcept { return size() * sizeof(std::uint64_t); }
    std::size_t slot_of(std::uint64_t hash) const noexcept { return (hash >> 1) >> (63 - bits_); }

    /// The server slot for a packet with this hash; 0 when there is none. Workers.
    target_id newest(std::uint64_t hash) const noexcept { return word(slot_of(hash)).newest(); }

    void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(&words_[slot_of(hash)]); }

    slot_word word(std::size_t slot) const noexcept {
        return slot_word(words_[slot].load(std::memory_order_relaxed));
    }
    /// Control core.
    void set(std::size_t slot, slot_word word) noexcept {
        words_[slot].store(word.bits(), std::memory_order_relaxed);
    }

private:
    static constexpr std::size_t large = std::size_t{2} << 20; ///< worth a page of its own

    unsigned bits_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> small_;
    large_array<std::atomic<std::uint64_t>> large_;
    std::atomic<std::uint64_t>* words_ = nullptr;
};

} // namespace weir::inline service
