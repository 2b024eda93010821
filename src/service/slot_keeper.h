#pragma once

// Keeps a service's slot table true to the weights and the health of its servers. Control core.
//
// Each slot leads to the server with the least score there (slot_order.h), of those that have a
// weight and are not out; thresholds do not count, as flows would move with every connection.
//
// A change of one server is worked out from its own order. If it wants more, it goes through its
// best slots and takes those where it beats the owner; if it wants less, it goes through them and
// gives those it owned to the best of all. `horizon`, the greatest score with which any slot is
// owned, says where to stop, after about the logarithm of the slots times its share. The second
// kind looks at every server for every slot it had (about 128): as much as a twentieth of building
// the table. So when many servers want less, the table is built from the start: every server
// goes through its best slots until only a few are likely to be without an owner, the least score
// of each slot is kept, and all servers are looked at for the slots that are left. This takes
// slots times log(servers) steps, not slots times servers. `horizon` only grows meanwhile: after
// changes have taken as much effort as building, the table is built, which makes it true again.
// Without that, servers that come one after the other to a few would each go through all slots.
//
// Work is measured in scores worked out, some 5 ns each, and renew() stops when it has used what it
// was given; the table is right for the weights of some moment meanwhile.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "service/slot_order.h"
#include "service/slot_table.h"
#include "weir/scheduler.h"

namespace weir::inline service {

/// A server that a table may lead to.
struct slot_server {
    target_id id = 0;
    std::uint64_t name = 0;            ///< a hash of its name, uniform, the same on all directors
    const server_load* load = nullptr; ///< outlives the keeper

    friend bool operator==(const slot_server&, const slot_server&) = default;
};

class slot_keeper {
public:
    /// Builds the table. Throws std::bad_alloc.
    explicit slot_keeper(std::span<const slot_server> servers);
    /// The table of another list of servers, made of the one before where that is less work; that
    /// one is not changed, for workers may read it. Throws std::bad_alloc.
    slot_keeper(const slot_keeper& before, std::span<const slot_server> servers);
    slot_keeper(slot_keeper&&) = delete;

    /// For workers; changes with renew().
    std::shared_ptr<const slot_table> table() const noexcept { return table_; }
    /// Is it the table of these servers, in any order?
    bool is_of(std::span<const slot_server> servers) const;

    /// Brings the table closer to what weights and health are now. `effort`: scores it may work
    /// out, a little more in the end; what it has used is taken off. True: there is more to do.
    bool renew(std::int64_t& effort);
    bool renew() {
        std::int64_t all = INT64_MAX;
        return renew(all);
    }

private:
    struct candidate {
        slot_server server;
        slot_order order;
        double scale = 0; ///< 1 / the weight that the table knows; 0 = takes nothing
    };
    struct claim {
        double score;
        std::uint32_t by; ///< index of a candidate
    };
    /// A table being built.
    struct race {
        std::vector<claim> claims; ///< by slot
        double limit = 0;          ///< scores up to which servers go through their slots
        std::size_t next_candidate = 0;
        std::uint32_t next_slot = 0;
    };
    static constexpr std::uint32_t none = UINT32_MAX;

    static double wanted_scale(const slot_server& server) noexcept;
    double score(const candidate& c, std::uint32_t slot) const noexcept {
        return c.order.reluctance(c.order.rank_of(slot)) * c.scale;
    }
    bool beats(const claim& a, const claim& b) const noexcept;
    claim best(std::uint32_t slot) const noexcept;
    claim owner(std::uint32_t slot) const noexcept;
    void assign(std::uint32_t slot, const claim& c) noexcept;
    void change(std::uint32_t index, double scale, std::int64_t& effort);
    void begin_race();
    bool run_race(std::int64_t& effort);

    std::vector<candidate> candidates_; ///< by server slot
    std::shared_ptr<slot_table> table_;
    double horizon_ = 0; ///< no slot is owned with a greater score; infinite: some has no owner
    std::uint64_t walked_ = 0; ///< effort of changes that want more, since the last race
    std::optional<race> race_;
};

} // namespace weir::inline service
