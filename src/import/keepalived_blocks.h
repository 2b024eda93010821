#pragma once

// keepalived's lines as a tree: statements, some with a block. Braces are balanced here, so that
// whoever does not know a keyword passes over it and its block as a whole (keepalived itself reads
// on inside). A brace too many or too few is in the report. Pure: any thread.

#include <string>
#include <vector>

#include "import/keepalived_lines.h"

namespace weir::importer {

struct statement {
    place where;
    std::vector<std::string> words; ///< at least one
    std::string rest;               ///< what follows the first word, as written
    bool block = false;
    std::vector<statement> inner; ///< of the block

    const std::string& keyword() const { return words.front(); }
    /// The nth word after the keyword, or "".
    std::string value(std::size_t n = 0) const { return n + 1 < words.size() ? words[n + 1] : ""; }
};

/// Throws `refusal` for blocks in blocks in blocks without end.
std::vector<statement> keepalived_blocks(std::vector<source_line> lines, report& notes);

} // namespace weir::importer
