#pragma once

// Weighted rendezvous hashing: chooses the candidate with the best score for a key.
//
// Thaler and Ravishankar, Using name-based mappings to increase hit rates, IEEE/ACM Transactions on
// Networking 1998; with weights after Schindelhauer and Schomaker, Weighted distributed hash
// tables, SPAA 2005: score = weight / -ln(h), h uniform in (0, 1) from key and candidate. This code
// looks for the least -log2(h) / weight, which is equivalent.
//
// A score does not depend on the other candidates. So when a candidate comes, goes or changes its
// weight, only keys to or from that candidate move: exact shares and no table. The price: every
// choice looks at every candidate. Logarithms come from integers and a table, so that every
// director computes the same answer, whatever its CPU and C library. Pure: any thread.

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace weir {

namespace rendezvous_parts {

inline constexpr unsigned table_bits = 10;
inline constexpr unsigned fraction_bits = 31;

/// log2(1 + x) for x in [0, 1), both in units of 2^-31: each squaring yields one more bit.
constexpr std::uint64_t log2_of_mantissa(std::uint64_t x) {
    constexpr std::uint64_t one = std::uint64_t{1} << fraction_bits;
    std::uint64_t value = one + x;
    std::uint64_t result = 0;
    for (unsigned bit = 0; bit < fraction_bits; ++bit) {
        value = value * value >> fraction_bits;
        result <<= 1;
        if (value < 2 * one) continue;
        value >>= 1;
        result |= 1;
    }
    return result;
}

inline constexpr auto log2_table = [] {
    std::array<std::uint32_t, (1U << table_bits) + 1> table{};
    for (std::uint64_t i = 0; i < table.size() - 1; ++i)
        table[i] = static_cast<std::uint32_t>(log2_of_mantissa(i << (fraction_bits - table_bits)));
    table.back() = 1U << fraction_bits;
    return table;
}();

/// -log2(hash / 2^64) in units of 2^-31, above 0. Interpolated; the error is below 10^-7.
inline double negative_log2(std::uint64_t hash) noexcept {
    const auto zeros = static_cast<unsigned>(std::countl_zero(hash | 1));
    const std::uint64_t mantissa = (hash | 1) << zeros << 1; // without the leading one
    const std::uint64_t i = mantissa >> (64 - table_bits);
    const std::uint64_t rest = mantissa << table_bits >> 32; // in units of 2^-32 of a step
    const std::uint64_t step = log2_table[i + 1] - log2_table[i];
    const std::uint64_t log = log2_table[i] + (step * rest >> 32);
    const std::uint64_t whole = std::uint64_t{zeros + 1} << fraction_bits;
    return static_cast<double>(static_cast<std::int64_t>(whole - log)) + 0.5;
}

/// Mixes two hashes (the finaliser of Steele et al., Fast splittable pseudorandom number
/// generators, OOPSLA 2014).
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t x = a ^ b;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

} // namespace rendezvous_parts

/// One choice: construct it with the key's hash, offer every candidate, ask for the best.
class rendezvous_choice {
public:
    /// `key`: uniform over 64 bits.
    explicit rendezvous_choice(std::uint64_t key) noexcept : key_(key) {}

    /// `hash`: of the candidate's name, uniform over 64 bits. `weight` is above 0. best() returns
    /// `number` if this candidate wins.
    void offer(std::uint64_t hash, std::int32_t weight, std::uint32_t number) noexcept {
        using namespace rendezvous_parts;
        const double log = negative_log2(mix(key_, hash));
        if (log * weight_ >= log_ * weight) return;
        log_ = log;
        weight_ = weight;
        best_ = number;
    }

    /// The number of the best so far, or `none` if nothing was offered.
    std::uint32_t best_or(std::uint32_t none) const noexcept {
        return log_ == std::numeric_limits<double>::infinity() ? none : best_;
    }

private:
    std::uint64_t key_;
    double log_ = std::numeric_limits<double>::infinity();
    double weight_ = 1;
    std::uint32_t best_ = 0;
};

} // namespace weir
