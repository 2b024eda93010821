// Weighted rendezvous hashing (weir/rendezvous.h): chooses the server with the best score for this
// client. When a server comes, goes, fails or changes its weight, only flows to or from that server
// move.
//
// Option: `port` also hashes the client's port.

#include <vector>

#include "hash.h"
#include "options.h"
#include "weir/rendezvous.h"
#include "weir/scheduler.h"

namespace weir::schedulers {

class rendezvous final : public scheduler {
public:
    explicit rendezvous(const scheduler_setup& setup) {
        read_options(setup.options, {{"port", &with_port_}});
        for (const server_view& server : setup.servers)
            candidates_.push_back({hash_of(server_key, server.address, server.port), server.load});
    }

    std::uint32_t pick(const new_flow& flow) noexcept override {
        rendezvous_choice choice(
            hash_of(client_key, flow.client, with_port_ ? flow.client_port : 0));
        for (std::uint32_t i = 0; i < candidates_.size(); ++i) {
            const server_load& load = *candidates_[i].load;
            const std::int32_t weight = load.weight.load(std::memory_order_relaxed);
            if (weight <= 0 || load.unavailable.load(std::memory_order_relaxed) != 0) continue;
            choice.offer(candidates_[i].hash, weight, i);
        }
        return choice.best_or(no_server);
    }

private:
    struct candidate {
        std::uint64_t hash;
        const server_load* load;
    };
    std::vector<candidate> candidates_;
    bool with_port_ = false;
};

WEIR_SCHEDULER(rendezvous, "wrh", "weighted rendezvous hashing: a change moves no other flow",
               .live_weights = true, .proportional = true);

} // namespace weir::schedulers
