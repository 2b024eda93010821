#pragma once

// Quotes and comments of a line of keepalived's. Strings stand in double quotes, and \" is a quote
// in one. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::importer {

/// Where the string in double quotes that begins at `begin` ends: the place of its last quote, or
/// the end of the text.
std::size_t end_of_quoted(std::string_view text, std::size_t begin);

/// Removes the comment. `\#` and `\!` are literal, and all in quotes.
std::string without_comment(std::string_view text);

/// Splits at white space; `"x y"` is one word, with `\"` for a quote in it. `closed`: false if a
/// quote is never closed.
std::vector<std::string> split(std::string_view text, bool& closed);

} // namespace weir::importer
