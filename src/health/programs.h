#pragma once

// How many programs of `script` checks run at once: a bound, so that programs that hang are no fork
// bomb. Who comes when all places are taken waits in line, first come, first served. A killed
// program keeps its place until the kernel has let it go, which one that hangs in the kernel itself
// does late.
//
// Control core, on its event loop. Outlives the checks.

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

    /// So many from now on; what runs is left alone.
    void allow(std::size_t most);

    /// True: there is a place, and it is taken. False: `who` waits, and `called` is called, from
    /// the event loop, when a place has been taken for it.
    bool enter(const void* who, std::function<void()> called);
    /// It waits no longer.
    void give_up(const void* who);

    /// A place is free again.
    void leave();
    /// The same, once this process has gone, which is to be killed.
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
