// The power of two random choices: draws two servers by weight and takes the less loaded one.
//
// Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 1996; in LVS
// net/netfilter/ipvs/ip_vs_twos.c. Load is (active · 256 + inactive) / weight as in wlc; on a tie
// the first draw stays. LVS walks the list for each draw; here an alias table (Walker 1977, in the
// form of Vose 1991) draws in constant time. A draw that hits an unavailable server is repeated.

#include <algorithm>
#include <vector>

#include "options.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class two_choices final : public scheduler {
public:
    explicit two_choices(const scheduler_setup& setup) : servers_(setup.servers) {
        read_options(setup.options, {});
        build();
    }

    std::uint32_t pick(const new_flow& flow) noexcept override {
        std::uint64_t random = flow.random;
        const std::uint32_t first = draw(random);
        if (first == no_server) return no_server;
        const std::uint32_t second = draw(random);
        if (second == no_server) return first;
        const server_view& a = servers_[first];
        const server_view& b = servers_[second];
        const auto cost = [](const server_view& s) { return static_cast<double>(s.overhead()); };
        return cost(b) * a.weight() < cost(a) * b.weight() ? second : first;
    }

private:
    static constexpr unsigned attempts = 16;

    /// A column of the alias table: itself up to `limit`, the other server above it.
    struct column {
        std::uint32_t limit = 0; ///< of 2^32
        std::uint32_t other = 0;
    };

    void build() {
        double total = 0;
        for (const server_view& server : servers_)
            total += std::max(server.weight(), 0);
        if (total == 0) return;
        columns_.resize(servers_.size());
        std::vector<double> share(servers_.size()); // 1 = a whole column
        std::vector<std::uint32_t> small;
        std::vector<std::uint32_t> large;
        for (std::uint32_t i = 0; i < servers_.size(); ++i) {
            share[i] =
                std::max(servers_[i].weight(), 0) * static_cast<double>(servers_.size()) / total;
            (share[i] < 1 ? small : large).push_back(i);
        }
        while (!small.empty() && !large.empty()) {
            const std::uint32_t low = small.back();
            const std::uint32_t high = large.back();
            small.pop_back();
            columns_[low] = {static_cast<std::uint32_t>(share[low] * 0x1p32), high};
            share[high] -= 1 - share[low];
            if (share[high] >= 1) continue;
            large.pop_back();
            small.push_back(high);
        }
        // The remaining columns are whole except for rounding.
        for (const auto* rest : {&small, &large})
            for (const std::uint32_t i : *rest)
                columns_[i] = {UINT32_MAX, i};
    }

    /// Draws an available server by weight; no_server if none is available.
    std::uint32_t draw(std::uint64_t& random) const noexcept {
        if (columns_.empty()) return no_server;
        std::uint64_t position = 0;
        for (unsigned attempt = 0; attempt < attempts; ++attempt) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            std::uint64_t mixed = (random ^ random >> 32) * 0xbf58476d1ce4e5b9;
            mixed ^= mixed >> 29;
            position = (mixed >> 32) * columns_.size() >> 32;
            const column& c = columns_[position];
            if (static_cast<std::uint32_t>(mixed) >= c.limit) position = c.other;
            if (servers_[position].available()) return static_cast<std::uint32_t>(position);
        }
        // Nearly all are unavailable: take the next one.
        for (std::size_t step = 1; step < servers_.size(); ++step) {
            const std::size_t next = (position + step) % servers_.size();
            if (servers_[next].available()) return static_cast<std::uint32_t>(next);
        }
        return no_server;
    }

    std::span<const server_view> servers_;
    std::vector<column> columns_; ///< empty if no server has a weight
};

WEIR_SCHEDULER(two_choices, "twos", "two random choices, the less loaded of them",
               .proportional = true);

} // namespace weir::schedulers
