// Never queue: the first server without an active connection, else the shortest expected delay.
//
// LVS: net/netfilter/ipvs/ip_vs_nq.c. After Weinrib and Shenker, Greed is not enough: adaptive load
// sharing in large heterogeneous systems, INFOCOM 1988.

#include "least.h"

namespace weir::schedulers {

using never_queued = least_scheduler<never_queue>;

WEIR_SCHEDULER(never_queued, "nq", "never queue: an idle server if there is one, else sed",
               .live_weights = true, .proportional = true);

} // namespace weir::schedulers
