#pragma once

// Tells systemd that weir works (sd_notify(3), WATCHDOG=1), and the machine's watchdog if there is
// one: once a second, as long as the control loop turns, and every worker and the heart's thread
// have turned since. Otherwise nothing is told, so that systemd ends weir after WatchdogSec and
// starts it again: a director that holds addresses and forwards nothing is worse than one that
// restarts. Nobody writes anything for it: a worker's count of cycles grows with every turn, idle
// or not, and so does the count of the heart's turns. Control core only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "director/failover.h"
#include "director/machine_watchdog.h"
#include "director/stage.h"
#include "loop/clock.h"
#include "plane/data_plane.h"

namespace weir::director {

/// Which of several threads stand still.
class thread_watch {
public:
    using time_point = loop::clock::time_point;

    static constexpr std::chrono::seconds patience{3}; ///< before a thread is said to stand still

    struct findings {
        bool all_turn = true;        ///< every thread has turned since the last look
        std::vector<unsigned> stuck; ///< stand still for `patience` now, and did not before
        std::vector<unsigned> again; ///< were stuck, and turn again
    };
    /// `turns`: a number for each thread that grows whenever it turns.
    findings look(const std::vector<std::uint64_t>& turns, time_point now);

private:
    struct thread {
        std::uint64_t turns = 0;
        time_point moved;
        bool stuck = false;
    };
    std::vector<thread> threads_;
};

class watchdog_stage final : public stage {
public:
    /// `feed`: tells systemd that all is well.
    watchdog_stage(const plane::data_plane& plane, const failover& vrrp, const loop::clock& time,
                   std::function<void()> feed)
        : plane_(plane), vrrp_(vrrp), time_(time), feed_(std::move(feed)) {}

    /// Opens the machine's watchdog. Throws std::runtime_error.
    void prepare(const config::configuration& wanted) override;
    void undo() noexcept override { next_.reset(); }
    void commit(const config::configuration& now) override;
    void tick() override;

private:
    /// A thread's name, for the log.
    std::string name_of(unsigned thread) const;

    const plane::data_plane& plane_;
    const failover& vrrp_;
    const loop::clock& time_;
    std::function<void()> feed_;
    thread_watch watch_; ///< the workers, then the heart
    std::unique_ptr<machine_watchdog> machine_, next_;
};

} // namespace weir::director
