#include "director/watchdog.h"

#include <numeric>

#include <fmt/format.h>

#include "log/log.h"

namespace weir::director {

thread_watch::findings thread_watch::look(const std::vector<std::uint64_t>& turns, time_point now) {
    if (threads_.size() != turns.size()) threads_.assign(turns.size(), {.turns = 0, .moved = now});
    findings found;
    for (unsigned n = 0; n < turns.size(); ++n) {
        thread& t = threads_[n];
        if (turns[n] != t.turns) {
            if (t.stuck) found.again.push_back(n);
            t = {.turns = turns[n], .moved = now};
            continue;
        }
        found.all_turn = false;
        if (t.stuck || now - t.moved < patience) continue;
        t.stuck = true;
        found.stuck.push_back(n);
    }
    return found;
}

void watchdog_stage::prepare(const config::configuration& wanted) {
    const std::string& path = wanted.director.watchdog;
    if (!path.empty() && (!machine_ || machine_->path() != path))
        next_ = std::make_unique<machine_watchdog>(path);
}

void watchdog_stage::commit(const config::configuration& now) {
    if (next_ || now.director.watchdog.empty()) machine_ = std::move(next_);
}

void watchdog_stage::tick() {
    std::vector<std::uint64_t> turns;
    for (const worker_time& time : plane_.state().times)
        turns.push_back(time.cycles.get());
    if (const auto late = vrrp_.lateness(); !late.empty())
        turns.push_back(std::accumulate(late.begin(), late.end(), std::uint64_t{0}));
    const thread_watch::findings found = watch_.look(turns, time_.now());
    for (const unsigned n : found.stuck)
        log::error("{} stands still; under systemd, weir is started again after WatchdogSec",
                   name_of(n));
    for (const unsigned n : found.again)
        log::info("{} turns again", name_of(n));
    if (!found.all_turn) return;
    feed_();
    if (machine_) machine_->feed();
}

std::string watchdog_stage::name_of(unsigned thread) const {
    const std::size_t workers = plane_.state().times.size();
    return thread < workers ? fmt::format("worker {}", thread) : "the thread of VRRP";
}

} // namespace weir::director
