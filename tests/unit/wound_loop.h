#pragma once

// An event loop whose clock stands still until a test winds it. Timers run each at its own moment.
// What the machine itself does (a socket's answer, the end of a program) is waited for while time
// stands still, so no timeout of the code under test strikes because the machine is busy.

#include <chrono>
#include <functional>

#include <gtest/gtest.h>

#include "loop/event_loop.h"

namespace weir {

struct wound_loop {
    loop::clock time = loop::clock::standing_at(std::chrono::hours(1));
    loop::event_loop loop{time};
    /// What the machine is to have done before time goes on.
    std::function<bool()> settled = [] { return true; };

    /// Turns the loop, without winding, until it is so. False, and a failure, when it never is.
    bool wait(const std::function<bool()>& is_so) {
        const auto patience = loop::clock::machine::now() + std::chrono::seconds(20);
        while (!is_so()) {
            if (loop::clock::machine::now() > patience) {
                ADD_FAILURE() << "waited in vain";
                return false;
            }
            loop.turn();
        }
        return true;
    }

    /// Lets so much time pass.
    void wind(loop::clock::duration by) {
        const auto end = time.now() + by;
        while (to_next_timer(end)) {
        }
        time.wind(end - time.now());
    }

    /// Winds from timer to timer until it is so: how long that took.
    loop::clock::duration until(const std::function<bool()>& is_so,
                                loop::clock::duration at_most = std::chrono::hours(1)) {
        const auto begun = time.now();
        if (!wait(settled)) return {};
        while (!is_so())
            if (!to_next_timer(begun + at_most)) {
                ADD_FAILURE() << "it never is";
                break;
            }
        return time.now() - begun;
    }

private:
    /// Runs the timers due next, if that is not after `end`.
    bool to_next_timer(loop::clock::time_point end) {
        const auto due = loop.next_due();
        if (!due || *due > end) return false;
        if (*due > time.now()) time.wind(*due - time.now());
        loop.turn();
        return wait(settled);
    }
};

} // namespace weir
