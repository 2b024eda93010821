#pragma once

// Values as written in configurations: words, `key=value` pairs, numbers, durations, lists of CPUs.
// Each function returns a value, or throws `bad_value` with what is wrong and what would be right;
// the caller adds the place. Pure: any thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/types.h"

namespace weir::config {

/// Why a value is rejected, without its place; what() is the first reason.
struct bad_value : std::runtime_error {
    explicit bad_value(std::vector<std::string> all)
        : std::runtime_error(all.empty() ? "" : all.front()), reasons(std::move(all)) {}
    explicit bad_value(const std::string& reason) : bad_value(std::vector{reason}) {}
    std::vector<std::string> reasons; ///< one for each mistake
};

/// Why a value has no meaning although nothing is wrong with it: what it refers to has a mistake.
struct already_reported : bad_value {
    already_reported() : bad_value(std::vector<std::string>{}) {}
};

/// Removes spaces, tabs and carriage returns at both ends.
std::string_view trimmed(std::string_view text);
/// Splits at white space.
std::vector<std::string> words(std::string_view text);
/// The same, but text in "double" or 'single' quotes stays one word and loses the quotes; in double
/// quotes \" is a quote and \\ a backslash. Throws bad_value if a quote is not closed.
std::vector<std::string> quoted_words(std::string_view text);

/// A name that is valid for both weir and Linux: 1 to `longest` of [A-Za-z0-9._-].
bool is_name(std::string_view text, std::size_t longest);
/// A name that Linux accepts for an interface: 1 to 15 characters, and not `.` or `..`.
bool is_interface_name(std::string_view text);

/// A `key=value` pair that `read_pairs` accepts.
struct pair_reader {
    std::string key;
    std::function<void(std::string_view value)> set; ///< throws bad_value
};
/// Passes each of `pairs` to its reader, each key at most once. `what` describes a pair in
/// messages: "property of a server". Tries all pairs, then throws bad_value with a reason for each
/// wrong one.
void read_pairs(const std::vector<std::string>& pairs, const std::vector<pair_reader>& readers,
                std::string_view what);

std::uint64_t number(std::string_view text, std::uint64_t least, std::uint64_t most);
/// "300", "300s", "5000ms", "5m", "1h": whole seconds.
std::chrono::seconds seconds(std::string_view text, std::uint64_t least, std::uint64_t most);
/// Like seconds(), with `least` and `most` in milliseconds, and any number of them.
std::chrono::milliseconds milliseconds(std::string_view text, std::uint64_t least,
                                       std::uint64_t most);
bool yes_or_no(std::string_view text);
/// "1,2", "1-3,8": each CPU once.
std::vector<unsigned> cpu_list(std::string_view text);
/// The index of the word in `allowed`.
std::size_t one_of(const std::string& text, const std::vector<std::string>& allowed);

ip_address address(const std::string& text);
/// An address and its prefix length.
prefix interface_address(const std::string& text);

/// An address that one host can have: neither 0/8, 127/8, 240/4, ::, ::1 nor multicast.
bool is_host(const ip_address& address);

} // namespace weir::config
