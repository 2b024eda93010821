// Least connections: the server with the lowest active · 256 + inactive; on a tie the earlier one.
//
// LVS: net/netfilter/ipvs/ip_vs_lc.c. Weights do not matter, except that 0 keeps a server out.

#include "least.h"
#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class least_connections final : public scheduler {
public:
    explicit least_connections(const scheduler_setup& setup) : loads_(loads_of(setup.servers)) {
        read_options(setup.options, {});
    }

    std::uint32_t pick(const new_flow&) noexcept override {
        return least<least_connection>(loads_);
    }

private:
    load_list loads_;
};

WEIR_SCHEDULER(least_connections, "lc", "least connections: the server with the fewest",
               .live_weights = true);

} // namespace weir::schedulers
