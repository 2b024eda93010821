#include "flow/index.h"

namespace weir::inline flow {

/// A free slot of the bucket, or slots_per_bucket if it is full.
unsigned flow_index_table::insert_into(std::size_t at, std::uint64_t hash,
                                       flow_ref reference) noexcept {
    bucket& b = buckets_[at];
    for (unsigned slot = 0; slot < slots_per_bucket; ++slot) {
        std::uint32_t empty = 0;
        if (b.reference[slot].load(std::memory_order_relaxed) != 0
            || !b.reference[slot].compare_exchange_strong(empty, reference.value,
                                                          std::memory_order_acq_rel))
            continue;
        b.tag[slot].store(tag_of(hash), std::memory_order_release);
        return slot;
    }
    return slots_per_bucket;
}

std::uint8_t flow_index_table::insert(std::uint64_t hash, flow_ref reference) noexcept {
    for (unsigned step = 0; step < steps; ++step) {
        const unsigned slot = insert_into(place(hash, step), hash, reference);
        if (slot < slots_per_bucket)
            return static_cast<std::uint8_t>(step * slots_per_bucket + slot);
        // Count before publishing the flow further on, so that every reader sees it.
        if (step + 1 < steps)
            buckets_[place(hash, step)].passed_by.fetch_add(1, std::memory_order_acq_rel);
    }
    for (unsigned step = 0; step + 1 < steps; ++step)
        buckets_[place(hash, step)].passed_by.fetch_sub(1, std::memory_order_acq_rel);
    return no_slot;
}

void flow_index_table::remove(std::uint64_t hash, std::uint8_t slot) noexcept {
    const unsigned its_step = slot / slots_per_bucket;
    bucket& b = buckets_[place(hash, its_step)];
    b.tag[slot % slots_per_bucket].store(0, std::memory_order_release);
    b.reference[slot % slots_per_bucket].store(0, std::memory_order_release);
    for (unsigned step = 0; step < its_step; ++step)
        buckets_[place(hash, step)].passed_by.fetch_sub(1, std::memory_order_acq_rel);
}

} // namespace weir::inline flow
