#pragma once

// The thread that the heart (ha/heart.h) beats in: real-time (SCHED_FIFO), on the control core's
// CPU, a turn each millisecond. Beside busy threads an ordinary one is late by up to 100 ms; this
// one by a tenth of a millisecond. It runs nothing but the heart's turns, and wakes the control
// core by a descriptor when there is something to be read. Control core only.

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "ha/heart.h"

namespace weir::director {

class heart_thread {
public:
    /// Begins at once. `heart` outlives it. Throws std::system_error.
    explicit heart_thread(ha::heart& heart);
    /// Ends it.
    ~heart_thread();
    heart_thread(const heart_thread&) = delete;
    heart_thread& operator=(const heart_thread&) = delete;

    /// Readable when the heart has notices.
    int fd() const { return fd_; }
    /// Why it is not real-time, in one line; "" when it is.
    const std::string& complaint() const { return complaint_; }
    /// Takes back what made fd() readable.
    void quiet();

private:
    void run(ha::heart& heart) noexcept;

    int fd_ = -1;
    std::string complaint_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace weir::director
