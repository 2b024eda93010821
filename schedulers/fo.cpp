// Weighted failover: the available server with the highest weight takes everything; on a tie the
// earlier one.
//
// LVS: net/netfilter/ipvs/ip_vs_fo.c. Servers of lower weights stand by.

#include "least.h"

namespace weir::schedulers {

using failover = least_scheduler<highest_weight>;

WEIR_SCHEDULER(failover, "fo", "weighted failover: the available server of the highest weight",
               .live_weights = true);

} // namespace weir::schedulers
