#pragma once

// The options on a line of `ipvsadm -Sn`, or of a script that calls ipvsadm: ipvsadm 1.31's
// spellings, long and short, short ones also joined as popt takes them (`-At`, `-w3`). Pure.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::importer {

/// A line's values, by the option's short spelling, or the long one if there is no short one; ""
/// for options without a value.
using line_options = std::unordered_map<std::string, std::string>;

/// Throws config::bad_value with the reason why ipvsadm or this importer does not take the line.
line_options read_options(std::vector<std::string> words);

/// The value of an option as a whole number, `usual` if it is not given. Throws config::bad_value.
std::uint64_t number(const line_options& given, const char* option, std::uint64_t usual);

} // namespace weir::importer
