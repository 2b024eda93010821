#include "service/slot_keeper.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace weir::inline service {

namespace {

constexpr double unreachable = std::numeric_limits<double>::infinity();

/// So many servers that want less cost as much as building the table does.
constexpr std::size_t most_changes = 16;

bool by_id(const slot_server& a, const slot_server& b) {
    return a.id < b.id;
}

std::vector<slot_server> sorted(std::span<const slot_server> servers) {
    std::vector<slot_server> list(servers.begin(), servers.end());
    std::sort(list.begin(), list.end(), by_id);
    return list;
}

} // namespace

slot_keeper::slot_keeper(std::span<const slot_server> servers)
    : table_(std::make_shared<slot_table>(slot_table::bits_for(servers.size()))) {
    candidates_.reserve(servers.size());
    for (const slot_server& server : sorted(servers))
        candidates_.push_back({server, slot_order(server.name, table_->bits())});
    begin_race();
    renew();
}

slot_keeper::slot_keeper(const slot_keeper& before, std::span<const slot_server> servers)
    : table_(std::make_shared<slot_table>(slot_table::bits_for(servers.size()))) {
    const std::vector<slot_server> wanted = sorted(servers);
    // The servers before and the new ones, until the former are gone.
    std::size_t leaving = 0;
    if (table_->bits() == before.table_->bits() && !before.race_) {
        candidates_ = before.candidates_;
        for (std::size_t slot = 0; slot < table_->size(); ++slot)
            table_->set(slot, before.table_->word(slot));
        horizon_ = before.horizon_;
        const auto stays = [&](const candidate& c) {
            const auto found = std::lower_bound(wanted.begin(), wanted.end(), c.server, by_id);
            return found != wanted.end() && *found == c.server;
        };
        for (std::uint32_t i = 0; i < candidates_.size() && leaving <= most_changes; ++i)
            leaving += stays(candidates_[i]) ? 0 : 1;
        std::int64_t effort = INT64_MAX;
        for (std::uint32_t i = 0; i < candidates_.size() && leaving <= most_changes; ++i)
            if (!stays(candidates_[i])) change(i, 0, effort);
    }
    std::vector<candidate> merged;
    merged.reserve(wanted.size());
    auto old = candidates_.cbegin();
    for (const slot_server& server : wanted) {
        while (old != candidates_.cend() && old->server.id < server.id)
            ++old;
        if (old != candidates_.cend() && old->server == server)
            merged.push_back(*old);
        else
            merged.push_back({server, slot_order(server.name, table_->bits())});
    }
    const bool from_the_start = candidates_.empty() || leaving > most_changes;
    candidates_ = std::move(merged);
    if (from_the_start) begin_race();
    renew();
}

bool slot_keeper::is_of(std::span<const slot_server> servers) const {
    return std::ranges::equal(sorted(servers), candidates_, {}, {}, &candidate::server);
}

/// LVS divides by weight; a server that is out, or quiesced, takes nothing.
double slot_keeper::wanted_scale(const slot_server& server) noexcept {
    const std::int32_t weight = server.load->weight.load(std::memory_order_relaxed);
    return weight > 0 && !server.load->is_out() ? 1.0 / weight : 0;
}

/// Names decide between equal scores, so that the order of the list never does.
bool slot_keeper::beats(const claim& a, const claim& b) const noexcept {
    if (a.score != b.score) return a.score < b.score;
    return a.by != none
           && (b.by == none || candidates_[a.by].server.name < candidates_[b.by].server.name);
}

slot_keeper::claim slot_keeper::best(std::uint32_t slot) const noexcept {
    claim found{unreachable, none};
    for (std::uint32_t i = 0; i < candidates_.size(); ++i) {
        if (candidates_[i].scale == 0) continue;
        const claim its{score(candidates_[i], slot), i};
        if (beats(its, found)) found = its;
    }
    return found;
}

slot_keeper::claim slot_keeper::owner(std::uint32_t slot) const noexcept {
    const target_id id = table_->word(slot).newest();
    const auto found =
        std::lower_bound(candidates_.begin(), candidates_.end(), id,
                         [](const candidate& c, target_id wanted) { return c.server.id < wanted; });
    if (found == candidates_.end() || found->server.id != id) return {unreachable, none};
    return {score(*found, slot), static_cast<std::uint32_t>(found - candidates_.begin())};
}

void slot_keeper::assign(std::uint32_t slot, const claim& c) noexcept {
    const target_id id = c.by == none ? 0 : candidates_[c.by].server.id;
    table_->set(slot, table_->word(slot).with_newest(id));
    horizon_ = std::max(horizon_, c.score);
}

/// Gives one server another weight, and its slots to whom they belong then.
void slot_keeper::change(std::uint32_t index, double scale, std::int64_t& effort) {
    candidate& c = candidates_[index];
    const double before = std::exchange(c.scale, scale);
    const bool less = scale == 0 || (before != 0 && scale > before);
    const double reach = less ? before : scale;
    const auto search = std::bit_width(candidates_.size()); // an owner's, as long as so many scores
    for (std::uint32_t rank = 0; rank < table_->size(); ++rank) {
        const double its = c.order.reluctance(rank) * reach;
        if (its > horizon_) break;
        const std::uint32_t slot = c.order.slot_at(rank);
        --effort;
        if (!less) {
            effort -= search;
            walked_ += static_cast<std::uint64_t>(search);
            if (const claim mine{its, index}; beats(mine, owner(slot))) assign(slot, mine);
        } else if (table_->word(slot).newest() == c.server.id) {
            assign(slot, best(slot));
            effort -= static_cast<std::int64_t>(candidates_.size());
        }
    }
}

bool slot_keeper::renew(std::int64_t& effort) {
    while (effort > 0) {
        if (race_) {
            if (run_race(effort)) return true;
            race_.reset();
        }
        std::size_t less = 0;
        std::size_t more = 0;
        std::uint64_t running = 0;
        for (const candidate& c : candidates_) {
            const double wanted = wanted_scale(c.server);
            running += wanted != 0 ? 1 : 0;
            if (wanted == c.scale) continue;
            ++(wanted == 0 || (c.scale != 0 && wanted > c.scale) ? less : more);
        }
        effort -= static_cast<std::int64_t>(candidates_.size()) / 4;
        if (less + more == 0) return false;
        // Every slot gets some claims, and 2 in `running` slots look at every server.
        const std::uint64_t race_takes =
            table_->size()
            * (std::bit_width(running)
               + 2 * candidates_.size() / std::max<std::uint64_t>(running, 1));
        if (less > most_changes || walked_ > race_takes || (more > 0 && horizon_ == unreachable)) {
            begin_race();
            continue;
        }
        for (std::uint32_t i = 0; i < candidates_.size() && effort > 0 && walked_ <= race_takes;
             ++i)
            if (const double wanted = wanted_scale(candidates_[i].server);
                wanted != candidates_[i].scale)
                change(i, wanted, effort);
    }
    return true;
}

void slot_keeper::begin_race() {
    walked_ = 0;
    double weight = 0;
    std::size_t running = 0;
    for (candidate& c : candidates_) {
        c.scale = wanted_scale(c.server);
        if (c.scale == 0) continue;
        weight += 1 / c.scale;
        ++running;
    }
    race_ = race{};
    race_->claims.assign(table_->size(), {unreachable, none});
    // Up to this score, a slot stays without a claim with the chance 2 / servers. That is about
    // where looking at every server for the slots that are left costs less than going on.
    if (running > 2)
        race_->limit = std::log2(static_cast<double>(running) / 2)
                       * (std::uint64_t{1} << rendezvous_parts::fraction_bits) / weight;
}

/// True: there is more to do.
bool slot_keeper::run_race(std::int64_t& effort) {
    race& r = *race_;
    for (; r.next_candidate < candidates_.size(); ++r.next_candidate) {
        if (effort <= 0) return true;
        const auto index = static_cast<std::uint32_t>(r.next_candidate);
        const candidate& c = candidates_[index];
        if (c.scale == 0) continue;
        for (std::uint32_t rank = 0; rank < table_->size(); ++rank) {
            const claim its{c.order.reluctance(rank) * c.scale, index};
            if (its.score > r.limit) break;
            claim& slot = r.claims[c.order.slot_at(rank)];
            --effort;
            if (beats(its, slot)) slot = its;
        }
    }
    if (r.next_slot == 0) horizon_ = 0;
    for (; r.next_slot < table_->size(); ++r.next_slot) {
        if (effort <= 0) return true;
        claim& slot = r.claims[r.next_slot];
        if (slot.by == none) {
            slot = best(r.next_slot);
            effort -= static_cast<std::int64_t>(candidates_.size());
        }
        assign(r.next_slot, slot);
    }
    return false;
}

} // namespace weir::inline service
