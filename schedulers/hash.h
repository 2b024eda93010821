#pragma once

// The hash of the schedulers that choose by address: SipHash (Aumasson and Bernstein, SipHash: a
// fast short-input PRF, INDOCRYPT 2012), in the variant with one compression round and three
// finalisation rounds, which Linux and Python use for tables. The input is whole 64-bit words.
//
// The keys are fixed, and each purpose has its own. Fixed, because every director must compute the
// same answer, now and in the next version. Separate for servers and clients, because otherwise a
// client's address would predict a server's place.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "weir/address.h"

namespace weir::schedulers {

struct hash_key {
    std::uint64_t k0;
    std::uint64_t k1;
};

inline constexpr hash_key client_key{0x7765697220636c69, 0x656e74206b657920};
inline constexpr hash_key server_key{0x7765697220736572, 0x766572206b657920};
inline constexpr hash_key cache_key{0x7765697220646573, 0x7469206361636865};

template <unsigned Compression = 1, unsigned Finalisation = 3, std::size_t Words>
constexpr std::uint64_t siphash(hash_key key, const std::array<std::uint64_t, Words>& words) {
    std::uint64_t v0 = key.k0 ^ 0x736f6d6570736575;
    std::uint64_t v1 = key.k1 ^ 0x646f72616e646f6d;
    std::uint64_t v2 = key.k0 ^ 0x6c7967656e657261;
    std::uint64_t v3 = key.k1 ^ 0x7465646279746573;
    const auto rounds = [&](unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            v0 += v1;
            v2 += v3;
            v1 = std::rotl(v1, 13) ^ v0;
            v3 = std::rotl(v3, 16) ^ v2;
            v0 = std::rotl(v0, 32) + v3;
            v2 += v1;
            v1 = std::rotl(v1, 17) ^ v2;
            v3 = std::rotl(v3, 21) ^ v0;
            v2 = std::rotl(v2, 32);
        }
    };
    const auto absorb = [&](std::uint64_t word) {
        v3 ^= word;
        rounds(Compression);
        v0 ^= word;
    };
    for (const std::uint64_t word : words)
        absorb(word);
    absorb(std::uint64_t{Words * sizeof(std::uint64_t)} << 56); // the length ends the message
    v2 ^= 0xff;
    rounds(Finalisation);
    return v0 ^ v1 ^ v2 ^ v3;
}

/// The hash of an address and a number, such as a port.
constexpr std::uint64_t hash_of(hash_key key, const ip_address& address, std::uint64_t number) {
    return siphash(key, std::array{address.high, address.low, number});
}

} // namespace weir::schedulers
