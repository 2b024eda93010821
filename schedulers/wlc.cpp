// Weighted least connections: the server with the lowest (active · 256 + inactive) / weight; on a
// tie the earlier one.
//
// LVS: net/netfilter/ipvs/ip_vs_wlc.c. The default of LVS, and of weir.

#include "least.h"
#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class weighted_least_connections final : public scheduler {
public:
    explicit weighted_least_connections(const scheduler_setup& setup)
        : loads_(loads_of(setup.servers)) {
        read_options(setup.options, {});
    }

    std::uint32_t pick(const new_flow&) noexcept override {
        return least<weighted_least_connection>(loads_);
    }

private:
    load_list loads_;
};

WEIR_SCHEDULER(weighted_least_connections, "wlc",
               "weighted least connections: the fewest for its weight", .live_weights = true,
               .proportional = true);

} // namespace weir::schedulers
