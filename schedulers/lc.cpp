// Least connections: the server with the lowest active · 256 + inactive; on a tie the earlier one.
//
// LVS: net/netfilter/ipvs/ip_vs_lc.c. Ignores weights, except that 0 excludes a server.

#include "least.h"

namespace weir::schedulers {

using least_connections = least_scheduler<least_connection>;

WEIR_SCHEDULER(least_connections, "lc", "least connections: the server with the fewest",
               .live_weights = true);

} // namespace weir::schedulers
