// Weighted least connections: the server with the lowest (active · 256 + inactive) / weight; on a
// tie the earlier one.
//
// LVS: net/netfilter/ipvs/ip_vs_wlc.c. The default scheduler of LVS and of weir.

#include "least.h"

namespace weir::schedulers {

using weighted_least_connections = least_scheduler<weighted_least_connection>;

WEIR_SCHEDULER(weighted_least_connections, "wlc",
               "weighted least connections: the fewest for its weight", .live_weights = true,
               .proportional = true);

} // namespace weir::schedulers
