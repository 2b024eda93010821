#pragma once

// Limits how many programs of `script` checks run at once, so that hanging programs cannot exhaust
// the machine. When all places are taken, callers wait in order of arrival. A killed program keeps
// its place until the kernel has released it; a program that hangs in the kernel itself may take
// long.
//
// Control core, on its event loop. Must outlive the checks.

#include <cstddef>
#include <functional>
#include <list>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "loop/event_loop.h"

namespace weir::health {

class programs {
public:
    explicit programs(loop::event_loop& loop) : loop_(loop) {}
    ~programs();
    programs(const programs&) = delete;
    programs& operator=(const programs&) = delete;

    /// Sets the limit; does not touch running programs.
    void allow(std::size_t most);

    /// True: took a place. False: `who` waits, and the event loop calls `called` once it has taken
    /// a place for it.
    bool enter(const void* who, std::function<void()> called);
    /// Stops waiting.
    void give_up(const void* who);

    /// Returns a place.
    void leave();
    /// The same, once this process is gone; the caller kills it.
    void forsake(pid_t pid);

    std::size_t running() const { return running_; }
    std::size_t waiting() const { return line_.size(); }

private:
    void call();
    void reap();

    loop::event_loop& loop_;
    std::size_t most_ = 1;
    std::size_t running_ = 0;
    std::list<std::pair<const void*, std::function<void()>>> line_;
    std::vector<pid_t> forsaken_;
    loop::event_loop::timer_id calling_ = 0;
    loop::event_loop::timer_id reaping_ = 0;
};

} // namespace weir::health
