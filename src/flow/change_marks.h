#pragma once

// Which entries of the connection table have changed since a reader last looked: a byte for each
// entry, with a bit for each of eight readers (peers that are kept in step), and the same for each
// page of 4096 entries, so that a reader need not walk the bytes where nothing happens.
//
// A worker changes an entry, then stores its byte, then its page's: plain stores, no lock, no
// read-modify-write, no queue. It does not look first whether they are set: its change could still
// be on the way when the reader clears the byte. A reader clears the page's bit, then an entry's,
// then reads the entry: it sees the change, or finds the byte set again next time. Nothing can
// overflow; however slow a reader is, an entry is at most marked.

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>

#include "flow/entry.h"
#include "flow/memory.h"

namespace weir::inline flow {

class change_marks {
public:
    static constexpr unsigned most_readers = 8;
    static constexpr std::uint32_t page = 4096; ///< entries

    /// For entries 0 to `end` - 1, none marked. Throws std::bad_alloc. Control core.
    explicit change_marks(flow_index end)
        : bytes_(std::size_t{pages_for(end)} * page, large_memory::pages::ordinary),
          pages_(pages_for(end), large_memory::pages::ordinary) {}

    /// Marks an entry for all readers, after it has changed. Any worker.
    void set(flow_index index) noexcept {
        bytes_[index].store(everyone, std::memory_order_release);
        pages_[index / page].store(everyone, std::memory_order_release);
    }

    std::uint32_t pages() const noexcept { return static_cast<std::uint32_t>(pages_.size()); }

    /// Marks one entry for one reader. That reader's thread.
    void set_for(unsigned reader, flow_index index) noexcept {
        bytes_[index].fetch_or(bit(reader), std::memory_order_relaxed);
        pages_[index / page].fetch_or(bit(reader), std::memory_order_relaxed);
    }
    /// Takes the mark off an entry; true if there was one. Read the entry afterwards. That
    /// reader's thread.
    bool take(unsigned reader, flow_index index) noexcept {
        return (bytes_[index].fetch_and(static_cast<std::uint8_t>(~bit(reader)),
                                        std::memory_order_acq_rel)
                & bit(reader))
               != 0;
    }
    /// Takes the mark off the entries of a page and calls `visit(index)` after each, as long as
    /// `room()`. False: no room; the rest keep theirs. That reader's thread.
    template <typename Room, typename Visit>
    bool visit(unsigned reader, std::uint32_t number, Room&& room, Visit&& visit) noexcept {
        std::atomic<std::uint8_t>& mark = pages_[number];
        if ((mark.load(std::memory_order_relaxed) & bit(reader)) == 0) return true;
        mark.fetch_and(static_cast<std::uint8_t>(~bit(reader)), std::memory_order_acq_rel);
        const std::uint64_t wanted = 0x0101010101010101u * bit(reader);
        const flow_index first = number * page;
        for (flow_index at = first; at < first + page; at += sizeof(std::uint64_t)) {
            for (std::uint64_t word = eight_from(at) & wanted; word != 0; word &= word - 1) {
                if (!room()) {
                    mark.fetch_or(bit(reader), std::memory_order_relaxed);
                    return false;
                }
                const flow_index index = at + static_cast<flow_index>(std::countr_zero(word)) / 8;
                if (take(reader, index)) visit(index);
            }
        }
        return true;
    }

private:
    /// The marks of eight neighbours at a glance. Workers set them meanwhile, and that race is
    /// meant: a mark that is missed here is found at the next visit, since its page is marked after
    /// it. take() reads each properly.
    __attribute__((no_sanitize("thread"))) std::uint64_t eight_from(flow_index at) const noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, static_cast<const void*>(&bytes_[at]), sizeof word);
        return word;
    }
    static constexpr std::uint8_t everyone = 0xff;
    static constexpr std::uint8_t bit(unsigned reader) noexcept {
        return static_cast<std::uint8_t>(1u << reader);
    }
    static constexpr std::uint32_t pages_for(flow_index end) noexcept {
        return end / page + (end % page != 0);
    }

    large_array<std::atomic<std::uint8_t>> bytes_;
    large_array<std::atomic<std::uint8_t>> pages_;
};

} // namespace weir::inline flow
