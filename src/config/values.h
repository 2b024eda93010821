#pragma once

// Values as configurations write them: words, `key=value` pairs, numbers, durations, lists of CPUs.
// Each function yields a value, or throws `bad_value` with what would be right.

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/types.h"

namespace weir::config {

/// Why a value is not accepted, without its place.
struct bad_value : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::vector<std::string> words(std::string_view text);
/// "weight=3" to {"weight", "3"}; {"weight=3", ""} has no value when there is no '='.
std::pair<std::string, std::string> split_pair(const std::string& word);

std::uint64_t number(std::string_view text, std::uint64_t least, std::uint64_t most);
/// "300", "300s", "5m", "1h".
std::chrono::seconds seconds(std::string_view text, std::uint64_t least, std::uint64_t most);
bool yes_or_no(std::string_view text);
/// "1,2", "1-3,8".
std::vector<unsigned> cpu_list(std::string_view text);
/// One of `allowed`.
std::string one_of(const std::string& text, const std::vector<std::string>& allowed);

ip_address address(const std::string& text);
prefix interface_address(const std::string& text);

} // namespace weir::config
