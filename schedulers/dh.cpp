// Destination hashing: the flow's destination address determines the server.
//
// LVS: net/netfilter/ipvs/ip_vs_dh.c. A table of 256 slots is dealt to the servers one by one,
// whatever their weights. Suits services that cover many destinations, such as caches; behind a
// single VIP every flow goes to one server.

#include <array>

#include "lvs_hash.h"
#include "options.h"
#include "stray.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class destination_hash final : public scheduler {
public:
    explicit destination_hash(const scheduler_setup& setup) : servers_(setup.servers) {
        read_options(setup.options, {});
        if (servers_.empty()) return;
        for (std::size_t slot = 0; slot < slots_.size(); ++slot)
            slots_[slot] = static_cast<std::uint16_t>(slot % servers_.size());
    }

    std::uint32_t pick(const new_flow& flow) noexcept override {
        if (servers_.empty()) return no_server;
        const std::uint32_t slot = lvs_slot(flow.vip, 0, bits);
        const std::uint32_t own = slots_[slot];
        if (servers_[own].available()) return own;
        if (!may_stray(servers_[own], false)) return no_server;
        for (std::uint32_t step = 1; step < slots_.size(); ++step) {
            const std::uint32_t other = slots_[(slot + step) % slots_.size()];
            if (servers_[other].available()) return other;
        }
        return no_server;
    }

private:
    static constexpr unsigned bits = 8;

    std::span<const server_view> servers_;
    std::array<std::uint16_t, 1U << bits> slots_{};
};

WEIR_SCHEDULER(destination_hash, "dh", "destination hashing: by the destination address",
               .live_weights = true);

} // namespace weir::schedulers
