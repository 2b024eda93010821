#pragma once

// Runs the commands that a configuration gives for events (`notify`, `on-quorum`, `fence`), without
// waiting for them. Commands of one queue run one after another, in the order in which they were
// asked for. A command has its time; then it is killed, and the next one follows. Where events come
// faster than a command runs, at most `most_waiting` wait in a queue: beyond that an event takes
// the place of an earlier one about the same subject, for the same command. So each command hears
// the last state of each subject, and memory is bounded by their number.
//
// What goes wrong stands in the log. Control core, on its event loop.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "action/program.h"
#include "action/words.h"
#include "loop/event_loop.h"

namespace weir::action {

/// What a command hears.
struct event {
    /// What it is about: "service web", "vrrp shop".
    std::string subject;
    /// `{name}` in the command's words, WEIR_NAME in its environment.
    std::vector<fact> facts;
};

class runner {
public:
    static constexpr std::size_t most_waiting = 64; ///< in a queue, before subjects replace
    static constexpr std::size_t most_at_once = 16; ///< programs, of all queues
    static constexpr std::chrono::seconds longest{60};

    explicit runner(loop::event_loop& loop) : loop_(loop) {}
    /// Commands that run go on by themselves; those that wait are dropped.
    ~runner();
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;

    /// Runs a command about an event after all earlier ones of the queue. `queue`: who asks, as the
    /// log names it: "vrrp shop". `done(good)`: when it has ended with status 0, or not at all or
    /// otherwise; not called for one that another replaces.
    void run(const std::string& queue, const command& words, event about,
             std::function<void(bool good)> done = nullptr);

    /// Calls `done` once nothing runs or waits, at most after `most`.
    void when_idle(std::function<void()> done, std::chrono::milliseconds most);
    bool idle() const { return queues_.empty(); }

    struct figures {
        std::uint64_t run = 0;      ///< commands that were started
        std::uint64_t failed = 0;   ///< of these, and of those that could not be started
        std::uint64_t replaced = 0; ///< by a later event about the same subject
        std::size_t waiting = 0;
        std::string last_failure{}; ///< as the log has it
    };
    const figures& so_far() const { return figures_; }

private:
    struct wish {
        command words;
        event about;
        std::function<void(bool)> done;
    };
    struct queue {
        std::string name;
        std::list<wish> waiting{};
        std::unordered_map<std::string, std::list<wish>::iterator> latest{}; ///< by key_of()
        wish now{};
        std::unique_ptr<program> running{};
        loop::event_loop::timer_id limit = 0;
    };

    static std::string key_of(const wish& w);
    void call();
    void next();
    void begin(queue& q);
    void end(queue& q, const std::string& trouble);
    void too_long(queue& q);
    void reap();

    loop::event_loop& loop_;
    std::map<std::string, std::unique_ptr<queue>> queues_; ///< those with something to do
    std::deque<queue*> line_;                              ///< those that may begin, in order
    std::size_t running_ = 0;
    loop::event_loop::timer_id calling_ = 0;
    std::vector<pid_t> killed_; ///< to be reaped
    loop::event_loop::timer_id reaping_ = 0;
    std::function<void()> when_idle_;
    loop::event_loop::timer_id patience_ = 0;
    figures figures_;
};

} // namespace weir::action
