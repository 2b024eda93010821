#pragma once

// What is wrong with a configuration, and where: `file:line: what is wrong, what would be right`.
// Texts quote the file, which may hold anything; they stay one line of printable ASCII, so that
// they can go to a terminal, a log or a JSON answer. Pure: any thread.

#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"

namespace weir::config {

struct problem {
    place where; ///< line 0: the file as a whole
    std::string text;
};

/// "file:line: text".
std::string to_string(const problem& p);

/// The text in back quotes, other bytes than printable ASCII as `?`, cut after 60 characters.
std::string in_quotes(std::string_view text);

/// The candidate with the fewest typing slips (a letter more, less or other, two swapped; a capital
/// one is none), when these are at most half its letters; else "". Of equals the first.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean `x`?", or "valid: a, b, c" when nothing is near.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

} // namespace weir::config
