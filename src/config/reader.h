#pragma once

// The shape of a file: sections, their keys, and the line of each. Lines go one at a time through
// Boost.Program_options' reader of configuration files, which knows comments, spaces and which keys
// there are. Given a whole file it would forget line numbers and stop at the first mistake; given a
// line at a time, every line keeps its number and its own mistake. Section headers are read here.

#include <string>
#include <vector>

#include "config/problem.h"

namespace weir::config {

/// `key = value`
struct entry {
    place where;
    std::string key;
    std::string value; ///< never empty
};

/// `[kind name]` and what follows
struct section {
    place where;
    std::string kind; ///< "" when the header was not understood
    std::string name; ///< "" for kinds without one
    std::vector<entry> entries;
    std::vector<std::string> attempted; ///< keys meant by lines that were wrong; "" = unclear
};

/// What may stand in a kind of section.
struct section_kind {
    std::string kind;
    bool named = false;
    std::vector<std::string> keys;
    std::vector<std::string> repeated; ///< those of `keys` that may be given more than once
};

/// Reads a text. Problems are added to `problems`; what is good is in the result all the same, so
/// that one run finds as many mistakes as possible. Lines under a header of no known kind are
/// passed over: the header has been reported.
std::vector<section> read_sections(const std::string& file, const std::string& text,
                                   const std::vector<section_kind>& kinds,
                                   std::vector<problem>& problems);

} // namespace weir::config
