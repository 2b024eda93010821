// Workers send and receive for the heart: are they at work?

#include "ha/heart.h"

#include <algorithm>
#include <utility>

namespace weir::ha {

using namespace std::chrono_literals;

void heart::look_at_workers(moment now) noexcept {
    for (std::size_t w = 0; w < seen_.size(); ++w)
        if (around_.boxes[w]->to_send.free_places() == letter_ring::size) seen_[w] = now;
    for (group_plan& g : plan_->groups) {
        moment proved = now;
        for (const router_plan& r : g.routers)
            proved = std::min(proved, seen_[worker_of(r.port)]);
        g.machine.proved(proved);
    }
}

/// A turn of a worker lies between two times that its count was seen to grow: what had come by the
/// first of them was polled. Time in which the heart itself did not run is no worker's delay.
void heart::look_at_progress(moment now) noexcept {
    constexpr nanoseconds most_gap = 20ms;
    const nanoseconds gap = now - std::exchange(looked_, now);
    if (around_.progress == nullptr) return;
    const moment deadline{deadline_.load(std::memory_order_relaxed)};
    int stalled = -1;
    moment polled = now;
    for (unsigned w = 0; w < progress_.size(); ++w) {
        progress& p = progress_[w];
        const std::uint64_t count = around_.progress(around_.progress_of, w);
        if (count != std::exchange(p.count, count) || p.at == 0ns) {
            p.before = std::exchange(p.seen, now);
            p.at = now;
        } else if (gap > most_gap) {
            p.at += gap;
        }
        polled = std::min(polled, p.before);
        if (deadline != 0ns && now - p.at > deadline) stalled = static_cast<int>(w);
    }
    for (group_plan& g : plan_->groups)
        g.machine.polled(polled);
    stalled_.store(stalled, std::memory_order_relaxed);
}

} // namespace weir::ha
