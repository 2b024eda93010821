#pragma once

// keepalived's files as lines of words (its lib/parser.c has the rules in code; keepalived.conf(5)
// in words): comments from `#` or `!`, words in double quotes, braces anywhere in a line, `include`
// with wildcards, `$NAME=value` and its use, `@id` conditions. Constructs that this parser does not
// expand (`~SEQ`, `~LST`, variables that only a running keepalived knows) come out as one word that
// equals no keyword, so readers cannot mistake it.
//
// Pure except for the files it may read. All work is bounded: includes in depth and number,
// substitution in depth and size.

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "import/findings.h"

namespace weir::importer {

/// How to find included files.
struct file_access {
    /// The files that a pattern matches, in order; may be empty.
    std::function<std::vector<std::string>(const std::string& pattern)> glob;
    /// The text of a file; none if it cannot be read.
    std::function<std::optional<std::string>(const std::string& path)> read;
};

enum class line_kind : std::uint8_t { words, open, close };

struct source_line {
    place where;
    line_kind kind = line_kind::words;
    std::vector<std::string> words; ///< at least one when `kind` is words
    std::string rest;               ///< everything after the first word, as written
};

/// `id`: keepalived's `-i`, for conditions. Throws std::runtime_error, one line with its
/// place, if the file cannot be imported at all.
std::vector<source_line> keepalived_lines(const std::string& name, const std::string& text,
                                          const std::optional<std::string>& id,
                                          const file_access& files, findings& notes);

} // namespace weir::importer
