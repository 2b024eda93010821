// Round robin: each available server in turn, in the order of the configuration.
//
// LVS: net/netfilter/ipvs/ip_vs_rr.c. The cursor is one atomic word that holds where the scan
// continues. Workers advance it by compare-and-swap, so the turns are exact however many workers
// pick at once: any interleaving of picks is a sequence that one worker alone could make.

#include <atomic>

#include "options.h"
#include "position.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class round_robin final : public scheduler {
public:
    explicit round_robin(const scheduler_setup& setup) : servers_(setup.servers) {
        read_options(setup.options, {});
        if (setup.previous != nullptr)
            next_ = carried(setup.moved, static_cast<const round_robin*>(setup.previous)->next_);
    }

    std::uint32_t pick(const new_flow&) noexcept override {
        std::uint32_t from = next_.load(std::memory_order_relaxed);
        for (;;) {
            const std::uint32_t found = find(from);
            if (found == no_server) return no_server;
            if (next_.compare_exchange_weak(from, found + 1, std::memory_order_relaxed))
                return found;
        }
    }

private:
    std::uint32_t find(std::uint32_t from) const noexcept {
        const auto count = static_cast<std::uint32_t>(servers_.size());
        for (std::uint32_t i = from; i < count; ++i)
            if (servers_[i].available()) return i;
        for (std::uint32_t i = 0; i < from; ++i)
            if (servers_[i].available()) return i;
        return no_server;
    }

    std::span<const server_view> servers_;
    alignas(64) std::atomic<std::uint32_t> next_{0}; ///< 0 to the number of servers
};

WEIR_SCHEDULER(round_robin, "rr", "round robin: each server in turn", .live_weights = true);

} // namespace weir::schedulers
