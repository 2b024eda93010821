#pragma once

// Tells systemd that weir works (sd_notify(3), WATCHDOG=1): once a second, as long as the control
// loop turns and every worker has turned since. A worker that stands still, or a loop that does, is
// not told of, so that systemd ends weir after WatchdogSec and starts it again: a director that
// holds addresses and forwards nothing is worse than one that restarts. Workers write nothing for
// it: their count of cycles grows with every turn, idle or not. Control core only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "director/stage.h"
#include "loop/clock.h"
#include "plane/data_plane.h"

namespace weir::director {

/// Which workers stand still.
class worker_watch {
public:
    using time_point = loop::clock::time_point;

    static constexpr std::chrono::seconds patience{3}; ///< before a worker is said to stand still

    struct findings {
        bool all_turn = true;        ///< every worker has turned since the last look
        std::vector<unsigned> stuck; ///< stand still for `patience` now, and did not before
        std::vector<unsigned> again; ///< were stuck, and turn again
    };
    /// `turns`: a number for each worker that grows whenever it turns.
    findings look(const std::vector<std::uint64_t>& turns, time_point now);

private:
    struct worker {
        std::uint64_t turns = 0;
        time_point moved;
        bool stuck = false;
    };
    std::vector<worker> workers_;
};

class watchdog_stage final : public stage {
public:
    /// `feed`: tells systemd that all is well.
    watchdog_stage(const plane::data_plane& plane, const loop::clock& time,
                   std::function<void()> feed)
        : plane_(plane), time_(time), feed_(std::move(feed)) {}

    void tick() override;

private:
    const plane::data_plane& plane_;
    const loop::clock& time_;
    std::function<void()> feed_;
    worker_watch watch_;
};

} // namespace weir::director
