// Weighted failover: the available server with the highest weight takes everything; on a tie the
// earlier one.
//
// LVS: net/netfilter/ipvs/ip_vs_fo.c. Servers of lower weights stand by.

#include "least.h"
#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class failover final : public scheduler {
public:
    explicit failover(const scheduler_setup& setup) : loads_(loads_of(setup.servers)) {
        read_options(setup.options, {});
    }

    std::uint32_t pick(const new_flow&) noexcept override { return least<highest_weight>(loads_); }

private:
    load_list loads_;
};

WEIR_SCHEDULER(failover, "fo", "weighted failover: the available server of the highest weight",
               .live_weights = true);

} // namespace weir::schedulers
