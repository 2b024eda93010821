#pragma once

// The whole terminal for a program that redraws it: its second screen, keys one by one, no echo. It
// is as it was when this object goes, and also when a signal ends or stops the program, whatever
// the program waits for at that moment. ANSI sequences (ECMA-48) that terminals since the VT100 and
// xterm know. One object at a time, on standard input and output.

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace weir::weirctl {

class screen {
public:
    /// Throws std::runtime_error when standard input or output is no terminal.
    screen();
    ~screen();
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    /// Is there a terminal at both ends?
    static bool possible();
    /// Rows and columns; 24 and 80 where the terminal does not say.
    static std::pair<std::size_t, std::size_t> size();

    void show(const std::string& text);

    static constexpr char no_key = 0;     ///< the time is over
    static constexpr char drawn_over = 1; ///< another size, or back from being stopped
    static constexpr char terminal_gone = 2;
    /// The next key, or one of the above.
    char wait(std::chrono::steady_clock::time_point until);
};

} // namespace weir::weirctl
