// Shortest expected delay: the server with the lowest (active + 1) / weight; on a tie the earlier
// one.
//
// LVS: net/netfilter/ipvs/ip_vs_sed.c. The connection to be placed is counted as if it were there
// already, so that of two idle servers the stronger one is taken.

#include "least.h"
#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class expected_delay final : public scheduler {
public:
    explicit expected_delay(const scheduler_setup& setup) : loads_(loads_of(setup.servers)) {
        read_options(setup.options, {});
    }

    std::uint32_t pick(const new_flow&) noexcept override {
        return least<shortest_expected_delay>(loads_);
    }

private:
    load_list loads_;
};

WEIR_SCHEDULER(expected_delay, "sed", "shortest expected delay: wlc that counts the new connection",
               .live_weights = true, .proportional = true);

} // namespace weir::schedulers
