#include "flow/index.h"

namespace weir {

std::uint32_t flow_index_table::insert_into(std::size_t at, std::uint64_t hash,
                                            flow_ref reference) noexcept {
    bucket& b = buckets_[at];
    for (unsigned slot = 0; slot < slots_per_bucket; ++slot) {
        std::uint32_t empty = 0;
        if (b.reference[slot].load(std::memory_order_relaxed) != 0
            || !b.reference[slot].compare_exchange_strong(empty, reference.value,
                                                          std::memory_order_acq_rel))
            continue;
        // Sequentially consistent: two workers that insert the same flow at once both look again
        // after this store, and at least one of them must see the other.
        b.tag[slot].store(tag_of(hash), std::memory_order_seq_cst);
        return static_cast<std::uint32_t>(at * slots_per_bucket + slot);
    }
    return no_slot;
}

std::uint32_t flow_index_table::insert(std::uint64_t hash, flow_ref reference) noexcept {
    const std::size_t home = first(hash);
    if (const std::uint32_t slot = insert_into(home, hash, reference); slot != no_slot) return slot;
    // Counted before it is published, so that no reader misses it.
    buckets_[home].spilled.fetch_add(1, std::memory_order_acq_rel);
    const std::uint32_t slot = insert_into(second(hash), hash, reference);
    if (slot == no_slot) buckets_[home].spilled.fetch_sub(1, std::memory_order_acq_rel);
    return slot;
}

void flow_index_table::remove(std::uint64_t hash, std::uint32_t slot) noexcept {
    const std::size_t at = slot / slots_per_bucket;
    bucket& b = buckets_[at];
    b.tag[slot % slots_per_bucket].store(0, std::memory_order_release);
    b.reference[slot % slots_per_bucket].store(0, std::memory_order_release);
    if (const std::size_t home = first(hash); at != home)
        buckets_[home].spilled.fetch_sub(1, std::memory_order_acq_rel);
}

} // namespace weir
