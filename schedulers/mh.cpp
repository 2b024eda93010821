// Maglev hashing: a consistent hash of the client's address with nearly equal shares.
//
// Eisenbud et al., Maglev: A Fast and Reliable Software Network Load Balancer, NSDI 2016, section
// 3.4; in LVS net/netfilter/ipvs/ip_vs_mh.c. Every server has its own order of the table's slots,
// from a hash of its address and port. The servers take turns; each turn claims the next free slot
// in the server's order. When a server goes, the others share its slots, and few other slots move.
//
// Weights: a server's k-th turn comes at time k · heaviest / its own weight. So shares follow the
// weights to within one slot, and every server has at least one slot while there are enough. (LVS
// gives several turns in a row and rounds heavy weights.) As in LVS the last weight above 0 counts:
// a drained server keeps its slots. Addresses order the turns, so that directors build the same
// table even if they list the servers in another order.
//
// Options: `port` also hashes the client's port; `fallback` looks for another server when the
// client's own is unavailable; `size=N` is the number of slots, one of the primes that LVS offers
// (4093). For shares within 1 %, choose 100 times the number of servers.

#include <algorithm>
#include <array>
#include <numeric>
#include <queue>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "hash.h"
#include "options.h"
#include "stray.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class maglev final : public scheduler {
public:
    explicit maglev(const scheduler_setup& setup) : servers_(setup.servers) {
        std::uint32_t size = 4093;
        read_options(setup.options,
                     {{"port", &with_port_}, {"fallback", &fallback_}, {"size", nullptr, &size}});
        if (std::ranges::find(sizes, size) == sizes.end())
            throw std::invalid_argument(
                "scheduler option size=" + std::to_string(size)
                + " must be 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521 or 131071");
        slots_.assign(size, none);
        fill();
    }

    std::uint32_t pick(const new_flow& flow) noexcept override {
        if (slots_.front() == none) return no_server;
        const std::uint16_t port = with_port_ ? flow.client_port : 0;
        const std::uint32_t own = slot_of(flow.client, port);
        if (servers_[own].available()) return own;
        if (!may_stray(servers_[own], fallback_)) return no_server;
        for (std::uint64_t attempt = 1; attempt <= attempts; ++attempt) {
            const std::uint32_t other = slot_of(flow.client, port | attempt << 16);
            if (servers_[other].available()) return other;
        }
        // Hardly any server is left: take the next one in the list.
        for (std::size_t step = 1; step < servers_.size(); ++step) {
            const std::size_t other = (own + step) % servers_.size();
            if (servers_[other].available()) return static_cast<std::uint32_t>(other);
        }
        return no_server;
    }

private:
    static constexpr std::array<std::uint32_t, 10> sizes{251,  509,   1021,  2039,  4093,
                                                         8191, 16381, 32749, 65521, 131071};
    static constexpr std::uint16_t none = UINT16_MAX;
    static constexpr std::uint64_t attempts = 32;

    std::uint32_t slot_of(const ip_address& client, std::uint64_t number) const noexcept {
        return slots_[hash_of(client_key, client, number) % slots_.size()];
    }

    struct turn {
        std::uint64_t time;
        std::uint32_t rank; ///< in the order of address and port
        std::uint64_t count;
        friend bool operator>(const turn& a, const turn& b) {
            return std::tie(a.time, a.rank) > std::tie(b.time, b.rank);
        }
    };

    void fill() {
        std::vector<std::uint32_t> by_rank(servers_.size());
        std::iota(by_rank.begin(), by_rank.end(), 0U);
        std::ranges::stable_sort(by_rank, {}, [this](std::uint32_t i) {
            return std::tuple(servers_[i].address, servers_[i].port);
        });
        std::int32_t heaviest = 0;
        for (const server_view& server : servers_)
            heaviest = std::max(heaviest, server.last_weight);

        const std::uint64_t size = slots_.size();
        std::vector<std::uint64_t> next(
            servers_.size()); // position in each server's order of the slots
        std::vector<std::uint64_t> skip(servers_.size());
        std::priority_queue<turn, std::vector<turn>, std::greater<>> turns;
        for (std::uint32_t rank = 0; rank < by_rank.size(); ++rank) {
            const server_view& server = servers_[by_rank[rank]];
            const std::uint64_t hash = hash_of(server_key, server.address, server.port);
            next[rank] = (hash >> 32) % size;
            skip[rank] = (hash & 0xffffffff) % (size - 1) + 1;
            if (server.last_weight > 0) turns.push({0, rank, 0});
        }
        for (std::uint64_t filled = 0; filled < size && !turns.empty(); ++filled) {
            turn now = turns.top();
            turns.pop();
            const std::uint32_t server = by_rank[now.rank];
            std::uint64_t& slot = next[now.rank];
            while (slots_[slot] != none)
                slot = (slot + skip[now.rank]) % size;
            slots_[slot] = static_cast<std::uint16_t>(server);
            ++now.count;
            now.time = now.count * static_cast<std::uint64_t>(heaviest)
                       / static_cast<std::uint64_t>(servers_[server].last_weight);
            turns.push(now);
        }
    }

    std::span<const server_view> servers_;
    bool with_port_ = false;
    bool fallback_ = false;
    std::vector<std::uint16_t> slots_; ///< all `none` if no server ever had a weight
};

WEIR_SCHEDULER(maglev, "mh", "Maglev: consistent hashing of the client's address",
               .proportional = true);

} // namespace weir::schedulers
