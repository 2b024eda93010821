#pragma once

// How the heart (ha/heart.h), a real-time thread, and a worker exchange packets. A real-time thread
// must share no lock, pool or ring with several writers with anybody: it would spin on a lock whose
// holder it keeps from running. So each worker has a letterbox in plain memory: two rings with one
// writer and one reader each, which copy whole packets.
//
// The heart writes what is to be sent; the worker takes it, makes a packet of it, and sends that in
// its turn, so an advertisement proves that a worker polls. The other ring brings VRRP that was
// received. A ring that is full takes nothing more: its writer counts that.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "net/types.h"

namespace weir::ha {

inline constexpr std::size_t letter_room = 1536;

struct letter {
    enum class content : std::uint8_t {
        frame,  ///< with its link header
        packet, ///< an IP packet, to the neighbour at `hop`
    };
    std::uint64_t time = 0; ///< time stamp counter. Received: when it came. To be sent: until when
    ip_address hop{};
    mac_address from{};       ///< of a received one: the neighbour that sent it
    std::uint16_t length = 0; ///< of `bytes`
    std::uint8_t port = 0;    ///< logical port
    content what = content::frame;
    std::array<std::byte, letter_room> bytes;
};

/// One writer, one reader. The memory is touched when it is made.
class letter_ring {
public:
    static constexpr std::uint32_t size = 64;

    /// The place for the next letter, to be filled and then put(); null when there is none. Writer.
    letter* room() noexcept {
        if (free_places() == 0) return nullptr;
        return &letters_[written_.load(std::memory_order_relaxed) % size];
    }
    void put() noexcept {
        written_.store(written_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    /// Writer.
    std::uint32_t free_places() const noexcept {
        return size
               - (written_.load(std::memory_order_relaxed) - read_.load(std::memory_order_acquire));
    }

    /// The oldest letter, to be read and then dropped by done(); null when there is none. Reader.
    const letter* front() const noexcept {
        const std::uint32_t next = read_.load(std::memory_order_relaxed);
        if (next == written_.load(std::memory_order_acquire)) return nullptr;
        return &letters_[next % size];
    }
    void done() noexcept {
        read_.store(read_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

private:
    alignas(64) std::atomic<std::uint32_t> written_{0};
    alignas(64) std::atomic<std::uint32_t> read_{0};
    alignas(64) std::array<letter, size> letters_{};
};

struct letterbox {
    letter_ring to_send;  ///< the heart writes, the worker reads
    letter_ring received; ///< the other way round
};

} // namespace weir::ha
