// Weighted rendezvous hashing: of all servers, the one with the best score for this client.
//
// Thaler and Ravishankar, Using name-based mappings to increase hit rates, IEEE/ACM Transactions on
// Networking 1998; with weights after Schindelhauer and Schomaker, Weighted distributed hash
// tables, SPAA 2005: score = weight / -ln(h), h uniform in (0, 1) from client and server. The least
// -log2(h) / weight is looked for here, which is the same.
//
// Scores do not depend on the other servers. So when one comes, goes, fails or changes its weight,
// only flows to or from that one move: zero collateral, exact shares, no table. The price is a look
// at every server. Logarithms are made from integers and a table, so that every director, whatever
// its CPU and C library, comes to the same answer.
//
// Option: `port` hashes the client's port as well.

#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "hash.h"
#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

namespace {

constexpr unsigned table_bits = 10;
constexpr unsigned fraction_bits = 31;

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

constexpr auto log2_table = [] {
    std::array<std::uint32_t, (1U << table_bits) + 1> table{};
    for (std::uint64_t i = 0; i < table.size() - 1; ++i)
        table[i] = static_cast<std::uint32_t>(log2_of_mantissa(i << (fraction_bits - table_bits)));
    table.back() = 1U << fraction_bits;
    return table;
}();

/// -log2(hash / 2^64) in units of 2^-31, above 0. Interpolated; within 10^-7.
double negative_log2(std::uint64_t hash) noexcept {
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
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t x = a ^ b;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

} // namespace

class rendezvous final : public scheduler {
public:
    explicit rendezvous(const scheduler_setup& setup) {
        read_options(setup.options, {{"port", &with_port_}});
        for (const server_view& server : setup.servers)
            candidates_.push_back({hash_of(server_key, server.address, server.port), server.load});
    }

    std::uint32_t pick(const new_flow& flow) noexcept override {
        const std::uint64_t hash =
            hash_of(client_key, flow.client, with_port_ ? flow.client_port : 0);
        double best_log = std::numeric_limits<double>::infinity();
        double best_weight = 1;
        std::uint32_t best = no_server;
        for (std::uint32_t i = 0; i < candidates_.size(); ++i) {
            const server_load& load = *candidates_[i].load;
            const std::int32_t weight = load.weight.load(std::memory_order_relaxed);
            if (weight <= 0 || load.unavailable.load(std::memory_order_relaxed) != 0) continue;
            const double log = negative_log2(mix(hash, candidates_[i].hash));
            if (log * best_weight >= best_log * weight) continue;
            best_log = log;
            best_weight = weight;
            best = i;
        }
        return best;
    }

private:
    struct candidate {
        std::uint64_t hash;
        const server_load* load;
    };
    std::vector<candidate> candidates_;
    bool with_port_ = false;
};

WEIR_SCHEDULER(rendezvous, "wrh", "weighted rendezvous hashing: a change moves no other flow");

} // namespace weir::schedulers
