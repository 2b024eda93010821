#pragma once

// One run of a program: in its own process group, its output read as it comes, its end seen by
// pidfd. posix_spawn shares our memory until the program starts, so its cost does not grow with our
// size. When the program has ended, what is left of its group is killed, so that no child of it
// stays.
//
// Control core, on its event loop. The object never waits; who gives up on a program kills its
// group and reaps it (release()).

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "action/words.h"
#include "loop/event_loop.h"

namespace weir::action {

/// Why a program does not run.
struct failure {
    enum class step : unsigned char { none, pipe, start, follow, wait };
    step at = step::none;
    int error = 0; ///< errno
};

class program {
public:
    static constexpr std::size_t most_output = 4096; ///< bytes that are kept

    /// `ended(status)`, as of waitpid(2), when it has ended; it may destroy this.
    program(loop::event_loop& loop, std::function<void(int status)> ended)
        : loop_(loop), ended_(std::move(ended)) {}
    /// Stops watching. A program that still runs goes on; see release().
    ~program();
    program(const program&) = delete;
    program& operator=(const program&) = delete;

    /// Starts it, once. After a failure past `start` there is a process to release().
    failure start(const command& words, const std::vector<std::string>& environment);
    /// Its process group; -1: none runs.
    pid_t pid() const { return pid_; }
    /// Stops watching. The caller owns the process now: -1, or one to be killed and reaped.
    pid_t release();

    /// The beginning of what it wrote.
    const std::string& output() const { return text_; }
    /// The first line of that.
    std::string first_line() const { return text_.substr(0, text_.find('\n')); }

private:
    int spawn(command words, std::vector<std::string> environment, int out);
    void read_output();
    void stop_listening();
    void has_ended();
    void close_all();

    loop::event_loop& loop_;
    std::function<void(int)> ended_;
    pid_t pid_ = -1;
    int process_ = -1; ///< pidfd
    int output_ = -1;
    bool followed_ = false;
    bool listening_ = false;
    std::string text_;
};

/// Programs that start from now on run as this user, with its groups, without capabilities and
/// never real-time; "" = as weir itself. False: there is no such user; they run as nobody. It
/// changes by setpriv(1) and prlimit(1), since posix_spawn cannot and a fork of a large process is
/// slow. Control core.
bool run_as(const std::string& user);

/// "exit status 3", "killed by signal 9"; "" = it ended well.
std::string trouble_of(int status);

} // namespace weir::action
