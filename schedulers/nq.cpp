// Never queue: the first server without an active connection, else the shortest expected delay.
//
// LVS: net/netfilter/ipvs/ip_vs_nq.c. After Weinrib and Shenker, Greed is not enough: adaptive load
// sharing in large heterogeneous systems, INFOCOM 1988.

#include "least.h"
#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class never_queued final : public scheduler {
public:
    explicit never_queued(const scheduler_setup& setup) : loads_(loads_of(setup.servers)) {
        read_options(setup.options, {});
    }

    std::uint32_t pick(const new_flow&) noexcept override { return least<never_queue>(loads_); }

private:
    load_list loads_;
};

WEIR_SCHEDULER(never_queued, "nq", "never queue: an idle server if there is one, else sed",
               .live_weights = true, .proportional = true);

} // namespace weir::schedulers
