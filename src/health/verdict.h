#pragma once

// What one turn of a check says about a server. `local` is no word about the server at all: this
// host could not ask (no file descriptor left, no such source address), so nothing is concluded.
// Plain values.

#include <optional>
#include <string>
#include <utility>

#include "health/agent_line.h"

namespace weir::health {

enum class outcome : unsigned char { good, bad, local };

struct verdict {
    outcome what = outcome::bad;
    std::string text;                  ///< "200 OK", "connection refused"
    std::optional<agent_line> agent{}; ///< what an agent said
    std::optional<unsigned> weight{};  ///< what a script said
};

inline verdict good(std::string text) {
    return {outcome::good, std::move(text)};
}
inline verdict bad(std::string text) {
    return {outcome::bad, std::move(text)};
}

/// The text as a log, a terminal or JSON may show it: printable ASCII, at most 80 characters.
std::string shown(std::string_view text);

/// `errno` in words, and what helps, as what this host could not do itself: local.
verdict unable(int error, const char* to_do);
/// `errno` in words, "connection refused": bad, or local where it is this host that lacks
/// something.
verdict of_errno(int error, const char* while_doing);
/// `errno` that a socket has from the network, where EACCES is a firewall that says so: bad.
verdict of_network(int error);

} // namespace weir::health
