#pragma once

// The threads of failover are real-time (SCHED_FIFO): beside busy threads an ordinary one is late
// by up to 100 ms.

#include <cstring>
#include <string>
#include <thread>

#include <pthread.h>

namespace weir::ha {

/// Above what Linux runs there by itself (threaded interrupts are at 50), below its watchdogs.
inline constexpr int heart_priority = 60;
inline constexpr int links_priority = 59;
inline constexpr int carrier_priority = 58;

/// Names a thread, and makes it real-time. Why it is not, in one line; "" when it is. Who made it.
inline std::string make_real_time(std::thread& thread, const char* name, int priority) {
    pthread_setname_np(thread.native_handle(), name);
    sched_param parameters{};
    parameters.sched_priority = priority;
    const int error = pthread_setschedparam(thread.native_handle(), SCHED_FIFO, &parameters);
    return error != 0 ? std::strerror(error) : "";
}

} // namespace weir::ha
