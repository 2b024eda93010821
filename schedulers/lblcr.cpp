// Locality-based least connection with replication: a destination has a set of servers, which grows
// while they are busy.
//
// LVS: net/netfilter/ipvs/ip_vs_lblcr.c. The server of the set with the least overhead per weight
// takes the flow. If that one is busy while another server is half idle, the server that wlc would
// choose joins the set and takes the flow. A set of several servers that did not change for
// `expire` seconds loses its most loaded server. A set holds four servers here; a fifth replaces
// the most loaded one. (LVS has no such bound.)
//
// Option: `expire=SECONDS` (86400, LVS's lblcr_expiration).

#include "cache.h"
#include "least.h"
#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class replicated_locality final : public scheduler {
public:
    explicit replicated_locality(const scheduler_setup& setup)
        : servers_(setup.servers), loads_(loads_of(setup.servers)) {
        read_options(setup.options, {{"expire", nullptr, &expire_}});
        if (setup.previous != nullptr)
            cache_.inherit(static_cast<const replicated_locality*>(setup.previous)->cache_,
                           setup.moved);
    }

    std::uint32_t pick(const new_flow& flow) noexcept override {
        const std::uint64_t hash = destination_cache::hash(flow.vip);
        destination_cache::entry* entry = cache_.find(hash);
        server_set set;
        if (entry != nullptr) {
            set = entry->set();
            const std::uint32_t known = least_of(set);
            if (set.size() > 1 && entry->age() >= expire_) {
                set.set(place_of_most_loaded(set), no_server);
                entry->change(hash, set);
            }
            if (known != no_server && !should_spill(servers_, servers_[known])) return known;
        }
        const std::uint32_t chosen = least<weighted_least_connection>(loads_);
        if (chosen == no_server) return no_server;
        if (entry == nullptr) entry = &cache_.claim(hash, flow.random);
        if (add(set, chosen)) entry->change(hash, set);
        return chosen;
    }

private:
    /// True if the first is more loaded for its weight. A server without weight always is.
    static bool more_loaded(const server_view& a, const server_view& b) noexcept {
        return static_cast<double>(a.overhead()) * b.weight()
               > static_cast<double>(b.overhead()) * a.weight();
    }

    std::uint32_t least_of(server_set set) const noexcept {
        std::uint32_t best = no_server;
        for (unsigned at = 0; at < server_set::capacity; ++at) {
            const std::uint32_t server = set.get(at);
            if (server >= servers_.size() || !servers_[server].available()) continue;
            if (best == no_server || more_loaded(servers_[best], servers_[server])) best = server;
        }
        return best;
    }

    /// `set` must not be empty.
    unsigned place_of_most_loaded(server_set set) const noexcept {
        unsigned worst = server_set::capacity;
        for (unsigned at = 0; at < server_set::capacity; ++at) {
            const std::uint32_t server = set.get(at);
            if (server >= servers_.size()) continue;
            if (worst == server_set::capacity
                || more_loaded(servers_[server], servers_[set.get(worst)]))
                worst = at;
        }
        return worst;
    }

    /// Adds a server to the set; false if it is in the set already.
    bool add(server_set& set, std::uint32_t server) const noexcept {
        unsigned place = server_set::capacity;
        for (unsigned at = 0; at < server_set::capacity; ++at) {
            if (set.get(at) == server) return false;
            if (set.get(at) == no_server) place = at;
        }
        set.set(place < server_set::capacity ? place : place_of_most_loaded(set), server);
        return true;
    }

    std::span<const server_view> servers_;
    load_list loads_;
    std::uint32_t expire_ = 86400;
    destination_cache cache_;
};

WEIR_SCHEDULER(replicated_locality, "lblcr",
               "locality-based least connection with replication: for caches",
               .live_weights = true);

} // namespace weir::schedulers
