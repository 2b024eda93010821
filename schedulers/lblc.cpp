// Locality-based least connection: a destination stays with its server until that server has too
// much to do.
//
// LVS: net/netfilter/ipvs/ip_vs_lblc.c. For caches and transparent proxies: a service with many
// destination addresses. The server that wlc would choose takes a destination that is new, whose
// server is unavailable, or whose server is busy (more active connections than its weight) while
// another is half idle. LVS forgets a destination after a day without use; here a new destination
// replaces an old one (cache.h). LVS keeps using a server beyond its upper threshold; weir does
// not.

#include "cache.h"
#include "least.h"
#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class locality final : public scheduler {
public:
    explicit locality(const scheduler_setup& setup)
        : servers_(setup.servers), loads_(loads_of(setup.servers)) {
        read_options(setup.options, {});
        if (setup.previous != nullptr)
            cache_.inherit(static_cast<const locality*>(setup.previous)->cache_, setup.moved);
    }

    std::uint32_t pick(const new_flow& flow) noexcept override {
        const std::uint64_t hash = destination_cache::hash(flow.vip);
        destination_cache::entry* entry = cache_.find(hash);
        if (entry != nullptr) {
            const std::uint32_t known = entry->set().get(0);
            if (known < servers_.size() && servers_[known].available()
                && !should_spill(servers_, servers_[known]))
                return known;
        }
        const std::uint32_t chosen = least<weighted_least_connection>(loads_);
        if (chosen == no_server) return no_server;
        if (entry == nullptr) entry = &cache_.claim(hash, flow.random);
        server_set set;
        set.set(0, chosen);
        entry->change(hash, set);
        return chosen;
    }

private:
    std::span<const server_view> servers_;
    load_list loads_;
    destination_cache cache_;
};

WEIR_SCHEDULER(locality, "lblc", "locality-based least connection: for caches",
               .live_weights = true);

} // namespace weir::schedulers
