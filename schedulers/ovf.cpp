// Weighted overflow: the server with the highest weight whose active connections do not exceed its
// weight; on a tie the earlier one. If all are full, none.
//
// LVS: net/netfilter/ipvs/ip_vs_ovf.c.

#include "least.h"

namespace weir::schedulers {

using overflow = least_scheduler<highest_weight_with_room>;

WEIR_SCHEDULER(overflow, "ovf",
               "weighted overflow: the highest weight until it is full, then the next",
               .live_weights = true);

} // namespace weir::schedulers
