// What the heart makes of heartbeat links: who lives, what each peer says of each group, and the
// word for each group's election.

#include <algorithm>
#include <utility>

#include "ha/heart.h"

namespace weir::ha {

namespace {

using namespace std::chrono_literals;

/// A link is silent after so many intervals and a turn or two of both sides.
constexpr int intervals_of_silence = 3;
constexpr nanoseconds turns = 3ms;
/// A fast link has lost at least one heartbeat when that long has passed since its last.
constexpr int intervals_to_lose_one = 2;

bool speaks(const hearing& h, moment now) {
    return h.heard != 0ns && now - h.heard <= intervals_of_silence * h.interval + turns;
}

} // namespace

int proof_of_life(std::span<const hearing> all, moment now) noexcept {
    const hearing* fast = nullptr; // that was sent last
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].slow || all[i].heard == 0ns) continue;
        if (speaks(all[i], now)) return static_cast<int>(i);
        if (fast == nullptr || all[i].sent > fast->sent) fast = &all[i];
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].slow && speaks(all[i], now)
            && (fast == nullptr
                || all[i].sent > fast->sent + intervals_to_lose_one * fast->interval))
            return static_cast<int>(i);
    return -1;
}

/// A counter that another thread has read: perhaps a little later than ours.
moment heart::moment_heard(std::uint64_t counter) const noexcept {
    return counter == 0 ? moment{0} : std::min(moment_of(counter), moment_of(now_));
}

void heart::hear_links(moment now) noexcept {
    const auto& peers = plan_->peers;
    if (peers.empty()) return;
    std::array<int, most_peers> proofs{};
    for (std::size_t p = 0; p < peers.size(); ++p) {
        std::array<hearing, most_links> heard;
        const auto& links = peers[p]->links;
        for (std::size_t i = 0; i < links.size(); ++i) {
            const link_ear& ear = *links[i];
            heard[i] = {moment_heard(ear.heard.load(std::memory_order_acquire)),
                        nanoseconds{ear.sent.load(std::memory_order_relaxed)},
                        nanoseconds{ear.interval.load(std::memory_order_relaxed)}, ear.slow};
        }
        proofs[p] = proof_of_life(std::span(heard).first(links.size()), now);
        if (proofs[p] >= 0) peers[p]->fenced.store(false, std::memory_order_relaxed);
    }
    for (group_plan& g : plan_->groups) {
        act(g, g.machine.hear_links(word_of(g, proofs), now));
        note_links(g, proofs);
    }
}

link_word heart::word_of(group_plan& g, std::span<const int> proofs) noexcept {
    link_word all;
    all.next_in_line = true;
    int gave_up = -1;
    for (std::size_t p = 0; p < plan_->peers.size(); ++p) {
        const peer_ears& peer = *plan_->peers[p];
        const std::uint16_t bits = peer.words[g.id].load(std::memory_order_acquire);
        group_word now;
        group_word before;
        const bool known = unpack(bits, now);
        const bool was_known = unpack(std::exchange(g.said[p], bits), before);
        const bool mute = proofs[p] < 0;
        if (mute && peer.fences && !peer.fenced.load(std::memory_order_acquire)
            && !(known && gives_up(now)))
            all.unfenced = true;
        if (mute || !known) continue;
        if (was_known && before.now == state::active && gives_up(now))
            gave_up = static_cast<int>(p);
        if (gives_up(now)) continue;
        const std::uint8_t own = g.machine.priority();
        const bool better =
            now.priority > own
            || (now.priority == own && peer.greater.load(std::memory_order_relaxed));
        if (better) all.next_in_line = false;
        if (now.now != state::active || !now.holds) continue;
        all.held = true;
        if (better) all.outranked = true;
        if (better || all.peer < 0) all.peer = static_cast<std::int8_t>(p);
    }
    all.gave_up = gave_up >= 0;
    if (all.gave_up && !all.held) all.peer = static_cast<std::int8_t>(gave_up);
    return all;
}

/// For the control core, once the election has looked.
void heart::note_links(group_plan& g, std::span<const int> proofs) noexcept {
    unsigned by = 0;
    for (std::size_t p = 0; g.machine.kept_back() && by == 0 && p < plan_->peers.size(); ++p) {
        group_word w;
        if (proofs[p] >= 0 && unpack(g.said[p], w) && w.now == state::active && w.holds)
            by = static_cast<unsigned>(p + 1) << 8 | static_cast<unsigned>(proofs[p]);
    }
    g.counts->kept_back_by.store(static_cast<std::uint16_t>(by), std::memory_order_relaxed);
    g.counts->wants_fence.store(g.machine.wants_fence(), std::memory_order_relaxed);
}

} // namespace weir::ha
