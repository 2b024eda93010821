#pragma once

// The whole terminal for a program that redraws it: its second screen, single keys, no echo. The
// destructor restores it; so do signals that end or stop the program, wherever it waits at that
// moment. Uses ANSI sequences (ECMA-48) that terminals since the VT100 and xterm know. One object
// at a time, on standard input and output.

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace weir::weirctl {

class screen {
public:
    /// Throws std::runtime_error if standard input or output is not a terminal.
    screen();
    ~screen();
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    /// True if both ends are terminals.
    static bool possible();
    /// Rows and columns; 24 and 80 if the terminal does not say.
    static std::pair<std::size_t, std::size_t> size();

    void show(const std::string& text);

    static constexpr char no_key = 0; ///< the time is over
    static constexpr char drawn_over =
        1; ///< the size changed, or the program continues after a stop
    static constexpr char terminal_gone = 2;
    /// The next key, or one of the constants above.
    char wait(std::chrono::steady_clock::time_point until);
};

} // namespace weir::weirctl
