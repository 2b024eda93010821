#pragma once

// A stretch of work that may hang in a driver, and can be ended all the same: opening a card may
// wait for ever for its firmware or its hypervisor, with signals blocked as they always are. A
// thread of its own takes SIGTERM and SIGINT meanwhile. It gives the work a little time to end, for
// then the director stops in order; if the work does not, the process ends.
//
// SIGTERM and SIGINT must be blocked in all threads. One at a time.

#include <atomic>
#include <chrono>
#include <thread>

namespace weir::director {

class interruptible {
public:
    explicit interruptible(std::chrono::milliseconds patience = std::chrono::seconds(3));
    /// As end().
    ~interruptible();
    interruptible(const interruptible&) = delete;
    interruptible& operator=(const interruptible&) = delete;

    /// The work is done: a signal that came meanwhile is sent again, for whoever waits for it now.
    void end();

private:
    void wait() const;

    const std::chrono::milliseconds patience_;
    std::atomic<bool> done_{false};
    std::thread thread_;
};

} // namespace weir::director
