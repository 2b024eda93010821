#pragma once

// What workers hear of other hosts that say a VIP is theirs: each has a short ring of claims to the
// control core, which tells the operator (director/rivals.h). A claim that finds the ring full is
// counted and lost; it is heard again if it matters. One writer, the worker; one reader, the
// control core.

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "net/types.h"
#include "service/link_address.h"

namespace weir::inline worker {

/// Another host says that it has one of our VIPs.
struct claim {
    ip_address address;
    mac_address by;
    port_id port = 0;
};

class claim_ring {
public:
    static constexpr std::uint32_t size = 64;

    /// Worker.
    void put(const claim& c) noexcept {
        const std::uint32_t written = written_.load(std::memory_order_relaxed);
        if (written - read_.load(std::memory_order_acquire) == size) return;
        claims_[written % size] = c;
        written_.store(written + 1, std::memory_order_release);
    }
    /// The oldest claim; nothing when there is none. Control core.
    std::optional<claim> take() noexcept {
        const std::uint32_t read = read_.load(std::memory_order_relaxed);
        if (read == written_.load(std::memory_order_acquire)) return std::nullopt;
        const claim c = claims_[read % size];
        read_.store(read + 1, std::memory_order_release);
        return c;
    }

private:
    alignas(64) std::atomic<std::uint32_t> written_{0};
    alignas(64) std::atomic<std::uint32_t> read_{0};
    alignas(64) std::array<claim, size> claims_{};
};

} // namespace weir::inline worker
