#pragma once

// The hash index of the connection table: from a flow's hash to the number of its entry. Buckets
// are cache lines of 8 tags and 8 references; a lookup compares all tags at once. Each hash has a
// sequence of eight buckets, and a flow lives in the first of them that has room. A full bucket
// counts the flows that passed it by, so a lookup reads the next bucket only if a flow may be
// there.
//
// Threads: any number of readers and writers. A writer takes a slot by compare-and-swap on its
// reference and publishes it by storing its tag. Only the worker that took a slot frees it, in the
// reverse order. A reader may see a tag whose reference has just changed, so it always compares the
// full key.

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include <emmintrin.h>

#include "flow/memory.h"

namespace weir::inline flow {

/// An entry's number, and which of its two keys led there. Empty if 0.
struct flow_ref {
    std::uint32_t value = 0;

    static constexpr std::uint32_t reverse_bit = 0x80000000;

    static constexpr flow_ref forward(std::uint32_t entry) noexcept { return {entry}; }
    static constexpr flow_ref reverse(std::uint32_t entry) noexcept {
        return {entry | reverse_bit};
    }
    constexpr std::uint32_t entry() const noexcept { return value & ~reverse_bit; }
    constexpr bool is_reverse() const noexcept { return (value & reverse_bit) != 0; }
    constexpr explicit operator bool() const noexcept { return value != 0; }
    friend constexpr bool operator==(flow_ref, flow_ref) noexcept = default;
};

class flow_index_table {
public:
    static constexpr unsigned slots_per_bucket = 8;

    /// Makes room for `slots` references; at a load of about one half, flows rarely pass a bucket
    /// by.
    explicit flow_index_table(std::size_t slots)
        : buckets_(slots / slots_per_bucket + 2), count_(buckets_.size()) {}

    void prefetch(std::uint64_t hash) const noexcept {
        __builtin_prefetch(&buckets_[place(hash, 0)], 0, 3);
    }

    /// The first reference whose tag matches, unverified; empty if the flow is certainly not there.
    flow_ref probe(std::uint64_t hash) const noexcept {
        for (unsigned step = 0;; ++step) {
            const bucket& b = buckets_[place(hash, step)];
            if (const unsigned fits = matches(b, tag_of(hash)); fits != 0) [[likely]]
                return {b.reference[slot_of(fits)].load(std::memory_order_acquire)};
            if (step + 1 == steps || b.passed_by.load(std::memory_order_relaxed) == 0) [[likely]]
                return {};
        }
    }

    /// The first reference, in the order in which slots fill, for which `is_it(flow_ref)` holds.
    template <typename Verify>
    flow_ref find(std::uint64_t hash, Verify&& is_it) const noexcept {
        for (unsigned step = 0;; ++step) {
            const bucket& b = buckets_[place(hash, step)];
            for (unsigned fits = matches(b, tag_of(hash)); fits != 0;) {
                const unsigned slot = slot_of(fits);
                const flow_ref candidate{b.reference[slot].load(std::memory_order_acquire)};
                if (candidate && is_it(candidate)) return candidate;
                fits &= ~(3u << (2 * slot));
            }
            if (step + 1 == steps || b.passed_by.load(std::memory_order_acquire) == 0) return {};
        }
    }

    /// Like find(), but also sees flows whose slot is taken and whose tag is not published yet.
    /// Workers that insert one flow at the same time all find the same reference: the first.
    template <typename Verify>
    flow_ref find_taken(std::uint64_t hash, Verify&& is_it) const noexcept {
        for (unsigned step = 0;; ++step) {
            const bucket& b = buckets_[place(hash, step)];
            for (unsigned slot = 0; slot < slots_per_bucket; ++slot) {
                const std::uint16_t tag = b.tag[slot].load(std::memory_order_acquire);
                const flow_ref candidate{b.reference[slot].load(std::memory_order_acquire)};
                if (candidate && (tag == 0 || tag == tag_of(hash)) && is_it(candidate))
                    return candidate;
            }
            if (step + 1 == steps || b.passed_by.load(std::memory_order_acquire) == 0) return {};
        }
    }

    /// Publishes `reference` and returns its place in the hash's sequence, as step * 8 + slot, or
    /// `no_slot` if all its buckets are full.
    std::uint8_t insert(std::uint64_t hash, flow_ref reference) noexcept;

    /// Removes what insert() published at `slot` for `hash`. Only the inserter may call it.
    void remove(std::uint64_t hash, std::uint8_t slot) noexcept;

    static constexpr std::uint8_t no_slot = UINT8_MAX;
    std::size_t bytes() const noexcept { return buckets_.memory().bytes(); }
    std::size_t page_size() const noexcept { return buckets_.memory().page_size(); }

private:
    struct alignas(64) bucket {
        std::array<std::atomic<std::uint16_t>, slots_per_bucket> tag; ///< 0 = empty
        std::array<std::atomic<std::uint32_t>, slots_per_bucket> reference;
        std::atomic<std::uint32_t> passed_by; ///< flows that live further on in their sequence
    };
    static_assert(sizeof(bucket) == 64);

    /// Buckets that a flow may be in. At the load of a full table of NAT, one half, about one
    /// bucket in forty is full: four would refuse a flow in two million, eight none in any table
    /// there is.
    static constexpr unsigned steps = 8;

    /// The bucket at a step of a hash's sequence: each step takes other 32 bits of it.
    /// Multiply-shift avoids a division and needs no power of two; the low bits of the hash are the
    /// tag.
    std::size_t place(std::uint64_t hash, unsigned step) const noexcept {
        return ((std::rotl(hash, static_cast<int>(23 * step)) >> 32) * count_) >> 32;
    }
    static std::uint16_t tag_of(std::uint64_t hash) noexcept {
        return static_cast<std::uint16_t>(hash | 1); // 0 means no tag
    }
    /// Two bits for each slot whose tag matches. All tags in one load, which is a race with those
    /// who store one: the load is no atomic one to C++, though each tag in it is whole on x86. A
    /// tag is but a hint; the reference, loaded after it and atomic, orders what counts.
    __attribute__((no_sanitize("thread"))) static unsigned matches(const bucket& b,
                                                                   std::uint16_t tag) noexcept {
        const __m128i tags = _mm_load_si128(reinterpret_cast<const __m128i*>(b.tag.data()));
        const __m128i wanted = _mm_set1_epi16(static_cast<short>(tag));
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi16(tags, wanted)));
    }
    static unsigned slot_of(unsigned fits) noexcept {
        return static_cast<unsigned>(std::countr_zero(fits)) / 2;
    }

    unsigned insert_into(std::size_t at, std::uint64_t hash, flow_ref reference) noexcept;

    large_array<bucket> buckets_;
    std::uint64_t count_;
};

} // namespace weir::inline flow
