#pragma once

// One check of one server: its timers, the current turn, and the state that follows from its
// answers. The monitor's server owns it; it lives as long as the check is configured. Control core.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "health/judge.h"
#include "health/monitor.h"
#include "health/probe.h"
#include "health/programs.h"

namespace weir::health {

struct task_means {
    loop::event_loop& loop;
    pinger& pings;
    programs& scripts;
    detour_maker& detours;
    punctuality& figures;
    const monitor::listener& to;
};

class monitor::task final : public probe_owner {
public:
    using clock = loop::clock;

    /// `phase`: 0 to 1, its place in the interval. Calls `changed` after each answer that changes
    /// anything.
    task(const task_means& means, std::shared_ptr<const prepared_check> check,
         const probe_target& target, std::int32_t weight, standing begin, double phase,
         std::function<void()> changed);
    ~task();

    const std::shared_ptr<const prepared_check>& check() const { return check_; }
    bool is_for(probe_target target) const;
    /// The configured weight, which agents and scripts refer to.
    void set_weight(std::int32_t weight);

    standing now() const;
    /// Its agent has put the server into maintenance.
    bool withdrawn() const { return agent_.admin == agent_admin::maint; }
    double share() const { return share_; }
    const std::string& answer() const { return answer_; }
    void show(check_info& into) const;

    void finished(verdict v) override;

private:
    void sleep();
    void hurry();
    void begin();
    void turn();
    void take(const verdict& v);
    void cannot_be_made(const std::string& why);
    void hear_agent(const verdict& v);
    void aim();

    task_means means_;
    std::shared_ptr<const prepared_check> check_;
    probe_target target_;
    std::int32_t weight_;
    std::function<void()> changed_;
    judge judge_;
    agent_state agent_;
    unsigned silent_ = 0;
    std::optional<unsigned> script_weight_;
    double share_ = 1;

    clock::time_point place_; ///< a time at which it is due; other turns are whole intervals away
    clock::time_point due_;
    clock::time_point begun_;
    clock::time_point since_;
    loop::event_loop::timer_id next_ = 0;
    loop::event_loop::timer_id limit_ = 0;
    std::unique_ptr<probe> probe_;
    bool silent_turn_ = false; ///< this turn ran into its timeout
    bool overdue_ = false;     ///< the next turn waits for the end of this one
    bool waits_ = false;       ///< for a place among the programs
    std::string answer_ = "no answer yet";
    std::string told_unable_; ///< why a turn could not be made
    clock::time_point unable_at_;
    std::chrono::microseconds latency_{};
};

} // namespace weir::health
