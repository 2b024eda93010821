// Weighted round robin, interleaved as LVS does it (net/netfilter/ipvs/ip_vs_wrr.c).
//
// The walk goes over the list in passes. The first pass takes the servers whose weight is at least
// the highest one; each further pass lowers the level by the greatest common divisor of all
// weights; after the lowest level it starts again. So weights 3,2,1 for servers a,b,c give a, a b,
// a b c. A server that is unavailable at its turn loses the turn.
//
// The weights are divided by their greatest common divisor, which makes levels 1, 2, 3... The
// position (level, next index) is one atomic word, advanced by compare-and-swap. Nothing is
// unrolled, so weights may be arbitrarily large. To find the next server of a level quickly in long
// lists, the scheduler keeps the highest weight of every 32 servers.

#include <algorithm>
#include <atomic>
#include <numeric>
#include <vector>

#include "options.h"
#include "position.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class weighted_round_robin final : public scheduler {
public:
    explicit weighted_round_robin(const scheduler_setup& setup) : servers_(setup.servers) {
        read_options(setup.options, {});
        for (const server_view& server : servers_)
            weights_.push_back(static_cast<std::uint32_t>(std::max(server.weight(), 0)));
        for (const std::uint32_t weight : weights_)
            divisor_ = std::gcd(divisor_, weight);
        for (std::uint32_t& weight : weights_)
            weight /= std::max(divisor_, 1U);
        for (std::size_t i = 0; i < weights_.size(); i += block) {
            const auto first = weights_.begin() + static_cast<std::ptrdiff_t>(i);
            block_max_.push_back(*std::max_element(
                first, first + static_cast<std::ptrdiff_t>(std::min(block, weights_.size() - i))));
        }
        if (!block_max_.empty()) top_ = *std::ranges::max_element(block_max_);

        position start{top_, 0};
        if (setup.previous != nullptr) start = carry(setup);
        state_ = start.word();
    }

    std::uint32_t pick(const new_flow&) noexcept override {
        std::uint64_t word = state_.load(std::memory_order_relaxed);
        for (;;) {
            const position found = find(position::of(word));
            if (found.index == no_server) return no_server;
            const position after{found.level, found.index + 1};
            if (state_.compare_exchange_weak(word, after.word(), std::memory_order_relaxed))
                return found.index;
        }
    }

private:
    static constexpr std::size_t block = 32;

    struct position {
        std::uint32_t level; ///< least weight that gets a turn in this pass
        std::uint32_t index; ///< where the pass continues

        static position of(std::uint64_t word) noexcept {
            return {static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word)};
        }
        std::uint64_t word() const noexcept { return std::uint64_t{level} << 32 | index; }
    };

    /// The next turn at or after a position.
    position find(position at) const noexcept {
        if (top_ == 0) return {0, no_server};
        position found{at.level, find_in_pass(at.level, at.index)};
        if (found.index != no_server) return found;
        found.level = at.level > 1 ? at.level - 1 : top_;
        found.index = find_in_pass(found.level, 0);
        if (found.index != no_server) return found;
        // All servers of this level are unavailable. LVS lowers it step by step; the first level at
        // which it would find one is the highest weight among the available servers.
        found.level = 0;
        for (std::uint32_t i = 0; i < weights_.size(); ++i)
            if (weights_[i] > found.level && servers_[i].available()) found = {weights_[i], i};
        return found;
    }

    std::uint32_t find_in_pass(std::uint32_t level, std::uint32_t from) const noexcept {
        std::size_t i = from;
        while (i < weights_.size()) {
            if (block_max_[i / block] < level) {
                i = (i / block + 1) * block;
                continue;
            }
            if (weights_[i] >= level && servers_[i].available())
                return static_cast<std::uint32_t>(i);
            ++i;
        }
        return no_server;
    }

    /// The previous position in the new list: the level that asks for the same weight, rounded up.
    position carry(const scheduler_setup& setup) const {
        const auto& previous = static_cast<const weighted_round_robin&>(*setup.previous);
        const position old = position::of(previous.state_.load(std::memory_order_relaxed));
        if (top_ == 0 || old.level == 0) return {top_, 0};
        const std::uint64_t old_weight = std::uint64_t{old.level - 1} * previous.divisor_ + 1;
        const auto level = static_cast<std::uint32_t>(
            std::min<std::uint64_t>((old_weight - 1) / divisor_ + 1, top_));
        return {level, carried(setup.moved, old.index)};
    }

    std::span<const server_view> servers_;
    std::vector<std::uint32_t> weights_; ///< divided by divisor_
    std::vector<std::uint32_t> block_max_;
    std::uint32_t divisor_ = 0;
    std::uint32_t top_ = 0; ///< highest of weights_; 0 = no server has a weight
    alignas(64) std::atomic<std::uint64_t> state_{0};
};

WEIR_SCHEDULER(weighted_round_robin, "wrr",
               "weighted round robin, interleaved: more turns for more weight",
               .proportional = true);

} // namespace weir::schedulers
