#pragma once

// keepalived's lines as a tree: statements, some with a block. The parser balances braces here, so
// that code which does not know a keyword skips its whole block (keepalived itself reads on
// inside). The report names a superfluous or missing brace. Pure: any thread.

#include <string>
#include <vector>

#include "import/keepalived_lines.h"

namespace weir::importer {

struct statement {
    place where;
    std::vector<std::string> words; ///< at least one
    std::string rest;               ///< everything after the first word, as written
    bool block = false;
    std::vector<statement> inner; ///< the statements in the block

    const std::string& keyword() const { return words.front(); }
    /// The nth word after the keyword, or "".
    std::string value(std::size_t n = 0) const { return n + 1 < words.size() ? words[n + 1] : ""; }
};

/// Throws std::runtime_error if blocks nest too deep.
std::vector<statement> keepalived_blocks(std::vector<source_line> lines, findings& notes);

} // namespace weir::importer
