#include "weirctl/screen.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string_view>

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "weirctl/commands.h"

namespace weir::weirctl {

namespace {

// Enters the second screen, hides the cursor, truncates long lines; and the reverse.
constexpr std::string_view enter = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view leave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

// Signal handlers reach only globals, which must be set before the handlers are installed.
termios settings_before;
termios ours;
volatile std::sig_atomic_t redraw = 0;

/// Calls only functions that a signal handler may call (signal-safety(7)).
void say(std::string_view sequence, const termios& settings) {
    [[maybe_unused]] const ssize_t written =
        ::write(STDOUT_FILENO, sequence.data(), sequence.size());
    tcsetattr(STDOUT_FILENO, TCSADRAIN, &settings);
}

void on_end(int signal) {
    say(leave, settings_before);
    std::signal(signal, SIG_DFL);
    std::raise(signal); // ends the program after this handler returns
}

void on_stop(int) {
    const int error = errno;
    say(leave, settings_before);
    std::raise(SIGSTOP);
    // The program continues.
    say(enter, ours);
    redraw = 1;
    errno = error;
}

void on_resize(int) {
    redraw = 1;
}

constexpr std::array ends{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

void handle(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler; // no SA_RESTART: the signal must end poll()
    sigfillset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

} // namespace

bool screen::possible() {
    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

std::pair<std::size_t, std::size_t> screen::size() {
    winsize window{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0)
        return {24, 80};
    return {window.ws_row, window.ws_col};
}

screen::screen() {
    if (!possible() || tcgetattr(STDOUT_FILENO, &settings_before) != 0)
        throw std::runtime_error("this is not a terminal: give --once for one frame of text");
    ours = settings_before;
    ours.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    for (const int signal : ends)
        handle(signal, on_end);
    handle(SIGTSTP, on_stop);
    handle(SIGWINCH, on_resize);
    say(enter, ours);
}

screen::~screen() {
    for (const int signal : ends)
        std::signal(signal, SIG_DFL);
    std::signal(SIGTSTP, SIG_DFL);
    std::signal(SIGWINCH, SIG_DFL);
    say(leave, settings_before);
}

void screen::show(const std::string& text) {
    print(text);
    flush();
}

char screen::wait(std::chrono::steady_clock::time_point until) {
    using namespace std::chrono;
    while (true) {
        if (redraw != 0) {
            redraw = 0;
            return drawn_over;
        }
        const auto left = duration_cast<milliseconds>(until - steady_clock::now()).count();
        if (left <= 0) return no_key;
        pollfd keys{STDIN_FILENO, POLLIN, 0};
        const int ready = poll(&keys, 1, static_cast<int>(left) + 1);
        if (ready <= 0) continue;
        std::array<char, 64> typed;
        const ssize_t count = read(STDIN_FILENO, typed.data(), typed.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return terminal_gone;
        if (typed[0] >= ' ') return typed[0]; // arrows and similar keys begin with ESC
    }
}

} // namespace weir::weirctl
