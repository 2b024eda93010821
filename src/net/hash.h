#pragma once

// The hash of a flow key. Random secret words from the start of the process key it, so an outsider
// cannot aim flows at one bucket of the connection table (Crosby & Wallach 2003). Each step
// multiplies two key-mixed words to 128 bits and folds the halves, the construction of the
// multiply-mix family (wyhash, mum); 40 bytes take three multiplications. Pure: any thread.

#include <array>
#include <cstdint>

#include "net/types.h"

namespace weir::inline net {

class flow_hasher {
public:
    using salt = std::array<std::uint64_t, 5>;

    flow_hasher() = default;
    /// `secret`: random words, equal wherever hashes must agree.
    explicit flow_hasher(const salt& secret) noexcept : salt_(secret) {
        for (std::uint64_t& word : salt_)
            word |= 1; // an all-zero secret would be no secret
    }

    /// Uniform over 64 bits; equal keys under one salt have equal hashes.
    std::uint64_t operator()(const flow_key& key) const noexcept {
        // The compiler reads these as one word. Code that fills a key just before hashing must
        // write them as one word too (flow_key::set_transport); otherwise the load waits until
        // every piece has reached the cache.
        const std::uint64_t last = key.source_port.raw
                                   | std::uint64_t{key.destination_port.raw} << 16
                                   | std::uint64_t{key.proto} << 32;
        const std::uint64_t source = fold(key.source.high ^ salt_[0], key.source.low ^ salt_[1]);
        const std::uint64_t destination =
            fold(key.destination.high ^ salt_[2], key.destination.low ^ salt_[3]);
        return fold(source ^ last ^ salt_[4], destination ^ salt_[0]);
    }

private:
    __extension__ using wide = unsigned __int128;

    static std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
        const wide product = static_cast<wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }

    salt salt_{0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3,
               0x1d8e4e27c47d124f};
};

} // namespace weir::inline net
