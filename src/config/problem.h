#pragma once

// What is wrong with a configuration, and where: `file:line: what is wrong, what would be right`.

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

/// The candidate with the fewest single-letter changes (Levenshtein), when that is few enough to be
/// a typing mistake; else "".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean `x`?" or "valid are a, b, c".
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

} // namespace weir::config
