#pragma once

// What weirctl says of a command line.

#include <iterator>
#include <sstream>
#include <string>

#include "weirctl/commands.h"

namespace weir::weirctl {

/// What is wrong with it; "" when nothing is. Throws std::exception where it is right, and there is
/// no director to ask.
inline std::string mistake(const std::string& line) {
    std::istringstream in(line);
    try {
        run({std::istream_iterator<std::string>(in), {}});
    } catch (const config::usage_error& e) {
        return e.what();
    }
    return "";
}

} // namespace weir::weirctl
