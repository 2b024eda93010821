#pragma once

// A ring of records of any length between two threads: one puts, one takes, neither waits. A record
// that finds no room is not put. Memory is allocated and touched when it is made, so that putting
// never faults a page in.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <vector>

namespace weir::watch {

class byte_ring {
public:
    /// Room for about so many bytes, rounded up to a power of two. Throws std::bad_alloc.
    explicit byte_ring(std::size_t bytes) : memory_(std::bit_ceil(bytes)) {}

    /// One record of several parts; false: no room. The thread that puts.
    bool put(std::initializer_list<std::span<const std::byte>> parts) noexcept {
        std::size_t length = 0;
        for (const auto part : parts)
            length += part.size();
        const std::uint64_t begin = written_.load(std::memory_order_relaxed);
        const std::uint64_t used = begin - taken_.load(std::memory_order_acquire);
        if (length > UINT32_MAX || sizeof(std::uint32_t) + length > memory_.size() - used)
            return false;
        std::uint64_t at = begin;
        const auto head = static_cast<std::uint32_t>(length);
        at = copy_in(at, std::as_bytes(std::span(&head, 1)));
        for (const auto part : parts)
            at = copy_in(at, part);
        written_.store(at, std::memory_order_release);
        return true;
    }
    /// The oldest record; false: there is none. The thread that takes.
    bool take(std::vector<std::byte>& record) {
        const std::uint64_t begin = taken_.load(std::memory_order_relaxed);
        if (begin == written_.load(std::memory_order_acquire)) return false;
        std::uint32_t length;
        const std::uint64_t at = copy_out(begin, std::as_writable_bytes(std::span(&length, 1)));
        record.resize(length);
        taken_.store(copy_out(at, record), std::memory_order_release);
        return true;
    }

private:
    std::uint64_t copy_in(std::uint64_t at, std::span<const std::byte> bytes) noexcept {
        const std::size_t offset = at & (memory_.size() - 1);
        const std::size_t first = std::min(bytes.size(), memory_.size() - offset);
        std::copy_n(bytes.data(), first, memory_.data() + offset);
        std::copy_n(bytes.data() + first, bytes.size() - first, memory_.data());
        return at + bytes.size();
    }
    std::uint64_t copy_out(std::uint64_t at, std::span<std::byte> bytes) const noexcept {
        const std::size_t offset = at & (memory_.size() - 1);
        const std::size_t first = std::min(bytes.size(), memory_.size() - offset);
        std::copy_n(memory_.data() + offset, first, bytes.data());
        std::copy_n(memory_.data(), bytes.size() - first, bytes.data() + first);
        return at + bytes.size();
    }

    std::vector<std::byte> memory_;
    alignas(64) std::atomic<std::uint64_t> written_{0}; ///< bytes since it was made
    alignas(64) std::atomic<std::uint64_t> taken_{0};
};

} // namespace weir::watch
