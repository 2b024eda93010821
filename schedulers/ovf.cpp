// Weighted overflow: the server with the highest weight whose active connections do not exceed its
// weight; on a tie the earlier one. When all are full, none.
//
// LVS: net/netfilter/ipvs/ip_vs_ovf.c.

#include "least.h"
#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class overflow final : public scheduler {
public:
    explicit overflow(const scheduler_setup& setup) : loads_(loads_of(setup.servers)) {
        read_options(setup.options, {});
    }

    std::uint32_t pick(const new_flow&) noexcept override {
        return least<highest_weight_with_room>(loads_);
    }

private:
    load_list loads_;
};

WEIR_SCHEDULER(overflow, "ovf",
               "weighted overflow: the highest weight until it is full, then the next",
               .live_weights = true);

} // namespace weir::schedulers
