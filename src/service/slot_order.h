#pragma once

// The order in which one server wants the slots of a table: weighted rendezvous hashing
// (weir/rendezvous.h) turned round.
//
// Rendezvous hashing asks every server for its score at every slot: 2^21 slots times 10,000 servers
// take minutes. Here a server's hashes at the slots of a table are a keyed permutation: the slot
// where it ranks r has the hash (r + fraction) / slots, and its score is -log2(1 - hash) / weight;
// the least score wins. The score at a slot still depends on nothing but the server's name and
// weight, so a change moves slots to or from the changed server only, and shares are exact. But
// it can be had both ways: the score at a given slot (rank_of), and a server's best slots one after
// the other (slot_at). The second makes building and changing a table cheap (slot_keeper.h), and as
// every server has the same set of scores, shares are more even than with independent hashes.
//
// The permutation is a xor, then two rounds of an odd multiplication and a xor-shift by half the
// bits or more: each step undoes itself or has an inverse modulo the power of two. Integers and
// the logarithm of weir/rendezvous.h only: every director comes to the same answer. Pure.

#include <cstdint>

#include "weir/rendezvous.h"

namespace weir::inline service {

class slot_order {
public:
    /// `name`: a hash of the server's name, uniform over 64 bits. 2^bits slots, `bits` up to 31.
    slot_order(std::uint64_t name, unsigned bits) noexcept
        : bits_(bits), half_((bits + 1) / 2), mask_((1u << bits) - 1) {
        first_ = word(name, 1) | 1;
        second_ = word(name, 2) | 1;
        first_inverse_ = inverse(first_);
        second_inverse_ = inverse(second_);
        start_ = word(name, 3) & mask_;
        fraction_ = rendezvous_parts::mix(name, 4) >> bits;
    }

    std::uint32_t slot_at(std::uint32_t rank) const noexcept {
        std::uint32_t x = rank ^ start_;
        x = x * first_ & mask_;
        x ^= x >> half_;
        x = x * second_ & mask_;
        return bits_ == 0 ? 0 : x ^ x >> half_;
    }
    std::uint32_t rank_of(std::uint32_t slot) const noexcept {
        std::uint32_t x = slot ^ slot >> half_;
        x = x * second_inverse_ & mask_;
        x ^= x >> half_;
        x = x * first_inverse_ & mask_;
        return bits_ == 0 ? 0 : x ^ start_;
    }

    /// How unwilling the server is to take the slot where it ranks so: above 0, rising with the
    /// rank, in units of 2^-31. To be divided by its weight.
    double reluctance(std::uint32_t rank) const noexcept {
        const std::uint64_t hash = ((std::uint64_t{rank} << 1) << (63 - bits_)) | fraction_;
        return rendezvous_parts::negative_log2(~hash);
    }

private:
    static std::uint32_t word(std::uint64_t name, std::uint64_t number) noexcept {
        return static_cast<std::uint32_t>(rendezvous_parts::mix(name, number * 0x9e3779b97f4a7c15)
                                          >> 32);
    }
    /// Modulo 2^32, by Newton's method: each step doubles the bits that are right, of which an odd
    /// number times itself has three.
    static std::uint32_t inverse(std::uint32_t odd) noexcept {
        std::uint32_t x = odd;
        for (int step = 0; step < 4; ++step)
            x *= 2 - odd * x;
        return x;
    }

    std::uint32_t bits_;
    std::uint32_t half_;
    std::uint32_t mask_;
    std::uint32_t first_;
    std::uint32_t second_;
    std::uint32_t first_inverse_;
    std::uint32_t second_inverse_;
    std::uint32_t start_;
    std::uint64_t fraction_;
};

} // namespace weir::inline service
