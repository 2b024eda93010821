#pragma once

// The memory of flow entries: a fixed number, handed out and taken back without locks. Each worker
// keeps a short list of free entries of its own and trades batches with the shared stock. An entry
// that was removed may still be read by a worker that found it a moment ago, so it is free again
// only after a grace period (flow/grace_periods.h). `allocate` and `retire` are called by their
// worker only; everything is linked through flow_entry::next, so nothing is ever allocated.

#include <atomic>
#include <cstdint>
#include <vector>

#include "flow/entry.h"
#include "flow/grace_periods.h"
#include "flow/memory.h"

namespace weir::inline flow {

class flow_pool {
public:
    /// `capacity` entries can be in use at once, whatever the workers keep back. `grace` outlives
    /// the pool; every worker and every other reader is one of its readers.
    flow_pool(std::uint32_t capacity, unsigned workers, const grace_periods* grace);

    flow_entry& operator[](flow_index index) const noexcept { return entries_[index]; }

    /// An entry to fill, or 0 when all are in use.
    flow_index allocate(unsigned worker) noexcept;

    /// Gives back an entry nobody can find any more; it is reused after a grace period.
    void retire(unsigned worker, flow_index index) noexcept;

    /// Moves retired entries on when their grace period is over. Cheap; call once per poll.
    void recycle(unsigned worker) noexcept;

    std::uint32_t capacity() const noexcept { return capacity_; }
    /// Entries handed out and not yet retired. Any thread; an estimate while workers run.
    std::uint32_t in_use() const noexcept;
    /// One past the largest index ever handed out, for listing.
    flow_index end() const noexcept { return static_cast<flow_index>(entries_.size()); }
    std::size_t bytes() const noexcept { return entries_.memory().bytes(); }
    std::size_t page_size() const noexcept { return entries_.memory().page_size(); }

private:
    static constexpr std::uint32_t batch = 64;

    struct list {
        flow_index head = 0;
        flow_index tail = 0; ///< kept for the lists of removed entries only
        std::uint32_t size = 0;
    };
    struct alignas(64) worker_stock {
        list free;     ///< usable now
        list retiring; ///< removed since `waiting` was closed
        list waiting;  ///< removed before `token` was drawn
        std::uint64_t token = 0;
        std::atomic<std::int64_t> in_use{0};
    };

    void push(list& to, flow_index index) noexcept;
    flow_index pop(list& from) noexcept;
    void append(list& to, list& from) noexcept;
    bool refill(worker_stock& stock) noexcept;
    void give_back(worker_stock& stock) noexcept;

    std::uint32_t capacity_;
    large_array<flow_entry> entries_;
    std::vector<worker_stock> stocks_;
    const grace_periods* grace_;
    // A stack of batches (Treiber 1986). A batch is a chain of `batch` entries; its head's
    // `target` links to the next batch. The upper half counts, against ABA.
    alignas(64) std::atomic<std::uint64_t> stack_{0};
};

} // namespace weir::inline flow
