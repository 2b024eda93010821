#pragma once

// What a monitor keeps of each service and server: private to monitor.cpp, which follows the
// configuration, and monitor_verdict.cpp, which sums up what checks say. Control core.

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "health/judge.h"
#include "health/monitor.h"
#include "health/task.h"

namespace weir::health {

struct monitor::server {
    explicit server(loop::event_loop& shared) : loop(shared) {}
    ~server() { end_hold(); }
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    void end_hold() {
        hold.lift();
        if (hold_timer != 0) loop.cancel(std::exchange(hold_timer, 0));
    }

    loop::event_loop& loop;
    const service* in = nullptr;
    target_id id = 0;
    ip_address address;
    std::uint16_t port = 0;
    std::string word; ///< what the operator calls it; "" = nothing
    std::vector<std::unique_ptr<task>> tasks;
    fitness fit = fitness::good;
    bool told = false;   ///< a first verdict has been logged
    bool turned = false; ///< down, as the last that `turned` heard
    bool was_up = false; ///< at any time, so that an up now is a recovery
    config::flap_damping rule;
    flap_hold hold;
    loop::event_loop::timer_id hold_timer = 0;
    std::chrono::milliseconds ramp_from{0}; ///< 0 = no ramp
};

struct monitor::service {
    std::string name;
    ip_address vip; ///< the first listener's address
    std::chrono::milliseconds slow_start{0};
    config::flap_damping hold_down;
    std::vector<std::shared_ptr<const prepared_check>> checks; ///< of all its servers, each once
    std::vector<std::unique_ptr<server>> servers;              ///< in the order of the file
};

} // namespace weir::health
