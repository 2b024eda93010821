#pragma once

// The memory of flow entries: a fixed number, allocated and retired without locks. Each worker
// keeps a short list of free entries and trades batches with the shared stock. A worker that found
// an entry a moment ago may still read it after its removal, so a removed entry is free only after
// a grace period (flow/grace_periods.h). Only its own worker calls `allocate` and `retire`.
// flow_entry::next links everything, so the pool allocates nothing at run time.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "flow/entry.h"
#include "flow/grace_periods.h"
#include "flow/kept_file.h"
#include "flow/memory.h"

namespace weir::inline flow {

class flow_pool {
public:
    /// `capacity` entries can be in use at once, whatever the workers hold back. `grace` must
    /// outlive the pool; every worker and every other thread that reads entries is one of its
    /// readers.
    /// `kept`: the name of a file in memory for the entries (kept_file.h); "" = memory that ends
    /// with the process, as where there is no room for the file.
    flow_pool(std::uint32_t capacity, unsigned workers, const grace_periods* grace,
              const std::string& kept = {});

    flow_entry& operator[](flow_index index) const noexcept { return entries_[index]; }

    /// An entry to fill, or 0 if all are in use.
    flow_index allocate(unsigned worker) noexcept;

    /// Retires an entry that no lookup can find any more; the pool reuses it after a grace period.
    void retire(unsigned worker, flow_index index) noexcept;

    /// Frees retired entries whose grace period is over. Cheap; call once per poll.
    void recycle(unsigned worker) noexcept;

    std::uint32_t capacity() const noexcept { return capacity_; }
    /// All entries: `capacity`, and what workers may hold back. in_use() is at most that.
    std::uint32_t entries() const noexcept {
        return static_cast<std::uint32_t>(entries_.size() - 1);
    }
    /// Entries allocated and not yet retired. Any thread; an estimate while workers run.
    std::uint32_t in_use() const noexcept;
    /// One past the largest index ever allocated, for listing.
    flow_index end() const noexcept { return static_cast<flow_index>(entries_.size()); }
    /// Where the entries lie; its path is empty if no file was asked for.
    const kept_file& file() const noexcept { return file_; }
    std::size_t bytes() const noexcept { return entries_.memory().bytes(); }
    std::size_t page_size() const noexcept { return entries_.memory().page_size(); }

private:
    static constexpr std::uint32_t batch = 64;

    struct list {
        flow_index head = 0;
        flow_index tail = 0; ///< set in lists of removed entries only
        std::uint32_t size = 0;
    };
    struct alignas(64) worker_stock {
        list free;     ///< ready for use
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

    large_array<flow_entry> room_for(std::size_t entries, const std::string& kept);

    std::uint32_t capacity_;
    kept_file file_;
    large_array<flow_entry> entries_;
    std::vector<worker_stock> stocks_;
    const grace_periods* grace_;
    // A stack of batches (Treiber 1986). A batch is a chain of `batch` entries; its head's `target`
    // links to the next batch. The upper half is a counter against ABA.
    alignas(64) std::atomic<std::uint64_t> stack_{0};
};

} // namespace weir::inline flow
