#pragma once

// The log: one line per event, to stderr. Under systemd (stderr is the journal's stream, see
// sd-daemon(3)) a line starts with its syslog priority, `<3>` to `<7>`; elsewhere with the time and
// a word. Each line is one write, and control characters in it are escaped, so that no client and
// no file can forge a line.
//
// Events that may come a million times a second go through `limited`: at most one line a second for
// each key, with the number of lines left out. What strangers cause goes through `once_a_minute`.
//
// Threads: any; lines do not mix. A write never waits for its reader (sink.h), but takes a lock, so
// workers must not log.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "log/level.h"

namespace weir::log {

/// Sets the level; lines above it are left out. Called at start and on reload; `info` until then.
void set_level(level most);
bool enabled(level l) noexcept;

/// Writes one line whatever the level. Prefer the functions below.
void write(level l, std::string_view message);

/// Lines lost since start because stderr's reader did not keep up.
std::uint64_t lost_lines() noexcept;

template <typename... Args>
void event(level l, fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(l)) write(l, fmt::format(text, std::forward<Args>(args)...));
}
/// Something does not work, or will not work.
template <typename... Args>
void error(fmt::format_string<Args...> text, Args&&... args) {
    event(level::error, text, std::forward<Args>(args)...);
}
/// It works, but not as configured.
template <typename... Args>
void warning(fmt::format_string<Args...> text, Args&&... args) {
    event(level::warning, text, std::forward<Args>(args)...);
}
/// Events of normal operation that an operator looks for.
template <typename... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
    event(level::info, text, std::forward<Args>(args)...);
}
template <typename... Args>
void debug(fmt::format_string<Args...> text, Args&&... args) {
    event(level::debug, text, std::forward<Args>(args)...);
}

/// Lets one event per key and interval through and counts the others.
class limiter {
public:
    using clock = std::chrono::steady_clock;

    /// The number of events of this key that were left out before this one; none if this one is
    /// left out too.
    std::optional<std::uint64_t> admit(std::string_view key, clock::time_point now,
                                       std::chrono::seconds interval = std::chrono::seconds(1));

    struct left_out {
        std::string key;
        std::uint64_t count;
    };
    /// Keys that went quiet for their interval after events were left out; returns each once.
    std::vector<left_out> settle(clock::time_point now);

private:
    struct state {
        clock::time_point last;
        std::uint64_t skipped = 0;
        std::chrono::seconds interval{1};
    };
    std::unordered_map<std::string, state> keys_;
};

namespace detail {
std::optional<std::uint64_t> admit(std::string_view key, std::chrono::seconds interval);

template <typename... Args>
void limited(std::chrono::seconds interval, level l, std::string_view key,
             fmt::format_string<Args...> text, Args&&... args) {
    if (!enabled(l)) return;
    const auto before = admit(key, interval);
    if (!before) return;
    const std::string message = fmt::format(text, std::forward<Args>(args)...);
    write(l, *before == 0 ? message : fmt::format("{} ({} more like this)", message, *before));
}
} // namespace detail

/// Like event(), at most once a second for each `key`: a short, fixed text such as "neighbours
/// full".
template <typename... Args>
void limited(level l, std::string_view key, fmt::format_string<Args...> text, Args&&... args) {
    detail::limited(std::chrono::seconds(1), l, key, text, std::forward<Args>(args)...);
}

/// The same, at most once a minute.
template <typename... Args>
void once_a_minute(level l, std::string_view key, fmt::format_string<Args...> text,
                   Args&&... args) {
    detail::limited(std::chrono::minutes(1), l, key, text, std::forward<Args>(args)...);
}

/// Logs how many limited events were left out when no further one followed. Control core, once a
/// second.
void settle();

/// Formats a line, except for `now`: for tests and for write().
std::string line(level l, std::string_view message, bool journal,
                 std::chrono::system_clock::time_point now);

} // namespace weir::log
