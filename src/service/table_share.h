#pragma once

// How much of the connection table the flows of one service may fill (`share` in the
// configuration), so that a flood of one service leaves room for the others. Workers count its
// flows and templates where they count those of its servers (server_store.h). The limit is exact
// but for the flows that other workers open at the same moment. The control core corrects the count
// once a second, since a share may begin while there are flows.

#include <atomic>
#include <cstdint>
#include <limits>

namespace weir::inline service {

class alignas(64) table_share {
public:
    static constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

    /// Entries; no_limit: what the table has. Control core.
    void set_limit(std::uint32_t entries) noexcept {
        limit_.store(entries, std::memory_order_relaxed);
    }
    std::uint32_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }

    /// Does the service have its share? Then notes a flow placed without an entry at `now`
    /// (coarse clock). Workers.
    bool refuses(std::uint32_t now) noexcept {
        const std::int64_t limit = limit_.load(std::memory_order_relaxed);
        if (used_.load(std::memory_order_relaxed) < limit) [[likely]]
            return false;
        refused_.fetch_add(1, std::memory_order_relaxed);
        full_at_.store(now, std::memory_order_relaxed);
        return true;
    }
    /// When it last refused one; 0 = never.
    std::uint32_t full_at() const noexcept { return full_at_.load(std::memory_order_relaxed); }

    /// An entry more, or one less. Workers.
    void add(std::int64_t entries) noexcept { used_.fetch_add(entries, std::memory_order_relaxed); }
    /// What there is by another count. Control core.
    void correct(std::uint32_t entries) noexcept {
        add(static_cast<std::int64_t>(entries) - used_.load(std::memory_order_relaxed));
    }

    std::int64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
    /// Flows placed without an entry since start.
    std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> used_{0};
    std::atomic<std::uint32_t> limit_{no_limit};
    std::atomic<std::uint32_t> full_at_{0};
    std::atomic<std::uint64_t> refused_{0};
};

} // namespace weir::inline service
