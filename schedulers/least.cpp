#include "least.h"

#include <array>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace weir::schedulers {

namespace {

/// The best server so far. Its initial value loses to every server.
struct best_server {
    double cost = std::numeric_limits<double>::infinity();
    double weight = 1;
    std::uint32_t index = no_server;
};

template <least_rule Rule>
void look_at(const server_load& load, std::uint32_t index, best_server& best) noexcept {
    const std::int32_t weight = load.weight.load(std::memory_order_relaxed);
    const std::uint32_t active = load.active.load(std::memory_order_relaxed);
    if (weight <= 0 || load.unavailable.load(std::memory_order_relaxed) != 0) return;
    if (Rule.within_weight && active > static_cast<std::uint32_t>(weight)) return;
    double cost = 1;
    if constexpr (Rule.cost == measure::overhead)
        cost = 256.0 * active + load.inactive.load(std::memory_order_relaxed);
    if constexpr (Rule.cost == measure::next_active) cost = active + 1.0;
    if constexpr (Rule.cost == measure::busy_active) cost = active == 0 ? 0 : active + 1.0;
    const double share = Rule.weighted ? weight : 1;
    if (cost * best.weight < best.cost * share) best = {cost, share, index};
}

template <least_rule Rule>
void look_at_all(std::span<const server_load* const> loads, std::uint32_t from,
                 best_server& best) noexcept {
    for (std::uint32_t i = from; i < loads.size(); ++i)
        look_at<Rule>(*loads[i], i, best);
}

#if defined(__x86_64__)

/// Four searches side by side, one per lane: each lane looks at every eighth server.
struct best_lanes {
    __m256d cost;
    __m256d weight;
    __m256i index;
};

/// A number below 2^52 in each lane, as double: it becomes the fraction of a double with exponent
/// 2^52.
[[gnu::target("avx2"), gnu::always_inline]] inline void to_double(const __m256i& number,
                                                                  __m256d& value) noexcept {
    const __m256d exponent = _mm256_set1_pd(0x1p52);
    value = _mm256_sub_pd(
        _mm256_castsi256_pd(_mm256_or_si256(number, _mm256_castpd_si256(exponent))), exponent);
}

/// Looks at four servers, starting at loads[0]. Reads a server's 16 bytes as two words of 64 bits:
/// inactive · 2^32 + active, and unavailable · 2^32 + weight.
template <least_rule Rule>
[[gnu::target("avx2"), gnu::always_inline]] inline void
look_at_four(const server_load* const* loads, const __m256i& indexes, best_lanes& best) noexcept {
    const auto* const* at = reinterpret_cast<const __m128i* const*>(loads);
    const __m256i even = _mm256_loadu2_m128i(at[2], at[0]);
    const __m256i odd = _mm256_loadu2_m128i(at[3], at[1]);
    const __m256i counts = _mm256_unpacklo_epi64(even, odd);
    const __m256i state = _mm256_unpackhi_epi64(even, odd);

    const __m256i zero = _mm256_setzero_si256();
    const __m256i low_half = _mm256_set1_epi64x(0xffffffff);
    const __m256i active = _mm256_and_si256(counts, low_half);
    __m256i usable =
        _mm256_and_si256(_mm256_cmpgt_epi64(state, zero),
                         _mm256_cmpgt_epi64(_mm256_set1_epi64x(std::int64_t{1} << 31), state));
    if constexpr (Rule.within_weight)
        usable = _mm256_andnot_si256(_mm256_cmpgt_epi64(active, state), usable);

    __m256d cost = _mm256_set1_pd(1);
    if constexpr (Rule.cost == measure::overhead)
        to_double(_mm256_add_epi64(_mm256_slli_epi64(active, 8), _mm256_srli_epi64(counts, 32)),
                  cost);
    if constexpr (Rule.cost == measure::next_active || Rule.cost == measure::busy_active)
        to_double(_mm256_add_epi64(active, _mm256_set1_epi64x(1)), cost);
    if constexpr (Rule.cost == measure::busy_active)
        cost = _mm256_andnot_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(active, zero)), cost);
    __m256d weight = _mm256_set1_pd(1);
    if constexpr (Rule.weighted) to_double(_mm256_and_si256(state, low_half), weight);

    const __m256d less = _mm256_and_pd(_mm256_castsi256_pd(usable),
                                       _mm256_cmp_pd(_mm256_mul_pd(cost, best.weight),
                                                     _mm256_mul_pd(best.cost, weight), _CMP_LT_OQ));
    best.cost = _mm256_blendv_pd(best.cost, cost, less);
    best.weight = _mm256_blendv_pd(best.weight, weight, less);
    best.index = _mm256_blendv_epi8(best.index, indexes, _mm256_castpd_si256(less));
}

/// Looks at whole groups of eight servers; returns how many servers it looked at. Reads the loads
/// as plain memory: each word may be old or new, and atomic reads promise no more.
template <least_rule Rule>
[[gnu::target("avx2")]] __attribute__((no_sanitize("thread"))) std::uint32_t
look_at_groups(std::span<const server_load* const> loads, best_server& best) noexcept {
    const auto count = static_cast<std::uint32_t>(loads.size() & ~std::size_t{7});
    const best_lanes start{_mm256_set1_pd(best.cost), _mm256_set1_pd(best.weight),
                           _mm256_set1_epi64x(no_server)};
    std::array<best_lanes, 2> halves{start, start}; // two, so that their dependency chains overlap
    __m256i first = _mm256_set_epi64x(3, 2, 1, 0);
    __m256i second = _mm256_set_epi64x(7, 6, 5, 4);
    const __m256i eight = _mm256_set1_epi64x(8);
    for (std::uint32_t i = 0; i < count; i += 8) {
        look_at_four<Rule>(&loads[i], first, halves[0]);
        look_at_four<Rule>(&loads[i + 4], second, halves[1]);
        first = _mm256_add_epi64(first, eight);
        second = _mm256_add_epi64(second, eight);
    }
    for (const best_lanes& half : halves) {
        alignas(32) std::array<double, 4> costs;
        alignas(32) std::array<double, 4> weights;
        alignas(32) std::array<std::uint64_t, 4> indexes;
        _mm256_store_pd(costs.data(), half.cost);
        _mm256_store_pd(weights.data(), half.weight);
        _mm256_store_si256(reinterpret_cast<__m256i*>(indexes.data()), half.index);
        for (std::size_t lane = 0; lane < 4; ++lane) {
            const auto index = static_cast<std::uint32_t>(indexes[lane]);
            const double mine = costs[lane] * best.weight;
            const double its = best.cost * weights[lane];
            if (mine < its || (mine == its && index < best.index))
                best = {costs[lane], weights[lane], index};
        }
    }
    return count;
}

const bool cpu_has_avx2 = __builtin_cpu_supports("avx2") != 0;

#endif

} // namespace

load_list loads_of(std::span<const server_view> servers) {
    load_list loads;
    for (const server_view& server : servers)
        loads.push_back(server.load);
    return loads;
}

template <least_rule Rule>
std::uint32_t least(std::span<const server_load* const> loads) noexcept {
    best_server best;
    std::uint32_t seen = 0;
#if defined(__x86_64__)
    if (cpu_has_avx2 && loads.size() >= 16) seen = look_at_groups<Rule>(loads, best);
#endif
    look_at_all<Rule>(loads, seen, best);
    return best.index;
}

template <least_rule Rule>
std::uint32_t least_plain(std::span<const server_load* const> loads) noexcept {
    best_server best;
    look_at_all<Rule>(loads, 0, best);
    return best.index;
}

#define INSTANTIATE(RULE)                                                                          \
    template std::uint32_t least<RULE>(std::span<const server_load* const>) noexcept;              \
    template std::uint32_t least_plain<RULE>(std::span<const server_load* const>) noexcept
INSTANTIATE(least_connection);
INSTANTIATE(weighted_least_connection);
INSTANTIATE(shortest_expected_delay);
INSTANTIATE(never_queue);
INSTANTIATE(highest_weight);
INSTANTIATE(highest_weight_with_room);

} // namespace weir::schedulers
