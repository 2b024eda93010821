// Shortest expected delay: the server with the lowest (active + 1) / weight; on a tie the earlier
// one.
//
// LVS: net/netfilter/ipvs/ip_vs_sed.c. It counts the new connection as if it were already there, so
// of two idle servers the stronger one wins.

#include "least.h"

namespace weir::schedulers {

using expected_delay = least_scheduler<shortest_expected_delay>;

WEIR_SCHEDULER(expected_delay, "sed", "shortest expected delay: wlc that counts the new connection",
               .live_weights = true, .proportional = true);

} // namespace weir::schedulers
