#pragma once

// A problem of a configuration and its place: `file:line: what is wrong, what would be right`.
// Texts quote the file, which may contain anything; they stay one line of printable ASCII, fit for
// a terminal, a log or a JSON answer. Pure: any thread.

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

/// Where another line is, in a message about the line `here`: "on line 5", "on line 5 of `FILE`",
/// or "added at run time" for line 0.
std::string seen_from(const place& here, const place& other);

/// The text in back quotes, with `?` for all but printable ASCII, cut after 60 characters.
std::string in_quotes(std::string_view text);

/// The candidate with the fewest typing errors (one letter inserted, deleted or replaced, two
/// swapped; case does not count), if these are at most half its letters; else "". On a tie the
/// first.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "weir's word is `x`" (hints.h), "did you mean `x`?", or "valid: a, b, c" if nothing is close.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

} // namespace weir::config
