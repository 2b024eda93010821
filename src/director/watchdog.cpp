#include "director/watchdog.h"

#include "log/log.h"

namespace weir::director {

worker_watch::findings worker_watch::look(const std::vector<std::uint64_t>& turns, time_point now) {
    if (workers_.size() != turns.size()) workers_.assign(turns.size(), {.turns = 0, .moved = now});
    findings found;
    for (unsigned n = 0; n < turns.size(); ++n) {
        worker& w = workers_[n];
        if (turns[n] != w.turns) {
            if (w.stuck) found.again.push_back(n);
            w = {.turns = turns[n], .moved = now};
            continue;
        }
        found.all_turn = false;
        if (w.stuck || now - w.moved < patience) continue;
        w.stuck = true;
        found.stuck.push_back(n);
    }
    return found;
}

void watchdog_stage::tick() {
    std::vector<std::uint64_t> turns;
    for (const worker_time& time : plane_.state().times)
        turns.push_back(time.cycles.get());
    const worker_watch::findings found = watch_.look(turns, time_.now());
    for (const unsigned n : found.stuck)
        log::error("worker {} stands still: its packets wait; under systemd, weir is started again "
                   "after WatchdogSec",
                   n);
    for (const unsigned n : found.again)
        log::info("worker {} turns again", n);
    if (found.all_turn) feed_();
}

} // namespace weir::director
