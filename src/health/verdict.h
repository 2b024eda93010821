#pragma once

// The result of one turn of a check. `local` says nothing about the server: this host could not ask
// (no file descriptor left, no such source address), so it changes no state. Plain values.

#include <optional>
#include <string>
#include <utility>

#include "health/agent_line.h"

namespace weir::health {

enum class outcome : unsigned char { good, bad, local };

struct verdict {
    outcome what = outcome::bad;
    std::string text;                  ///< "200 OK", "connection refused"
    std::optional<agent_line> agent{}; ///< the agent's words
    std::optional<unsigned> weight{};  ///< the script's weight
};

inline verdict good(std::string text) {
    return {outcome::good, std::move(text)};
}
inline verdict bad(std::string text) {
    return {outcome::bad, std::move(text)};
}

/// The text, safe for a log, a terminal or JSON: printable ASCII, at most 80 characters.
std::string shown(std::string_view text);

/// `errno` in words and a remedy, for a failure of this host: local.
verdict unable(int error, const char* to_do);
/// `errno` in words, "connection refused": bad, or local if this host lacks something.
verdict of_errno(int error, const char* while_doing);
/// `errno` of a socket, caused by the network; EACCES is a firewall's refusal: bad.
verdict of_network(int error);

} // namespace weir::health
