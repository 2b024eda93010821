#include "output.h"

#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace weir::bench {

output::output(bool as_json) : json_(as_json), terminal_(isatty(STDERR_FILENO) == 1) {}

void output::result(const json& object, const std::string& text) {
    clear();
    std::cout << (json_ ? object.dump() : text) << std::endl;
}

void output::progress(const std::string& what, double share) {
    if (!terminal_) return;
    constexpr int width = 24;
    const int done = static_cast<int>(share * width);
    std::cerr << fmt::format("\r\033[K[{:=<{}}{: <{}}] {}", "", done, "", width - done, what)
              << std::flush;
    shown_ = true;
}

void output::note(const std::string& what) {
    clear();
    std::cerr << "weir-bench: " << what << std::endl;
}

void output::clear() {
    if (shown_) std::cerr << "\r\033[K" << std::flush;
    shown_ = false;
}

} // namespace weir::bench
