#pragma once

// The shape of a file: sections and their lines, keys known. Lines are read one at a time by
// Boost.Program_options' reader of configuration files, which knows comments, spaces and which keys
// there are, but no line numbers; so every line keeps its own.

#include <string>
#include <vector>

#include "config/problem.h"

namespace weir::config {

/// `key = value`
struct entry {
    place where;
    std::string key;
    std::string value;
};

/// `[kind name]` and what follows
struct section {
    place where;
    std::string kind;
    std::string name; ///< "" for kinds without one
    std::vector<entry> entries;
};

/// What may stand in a kind of section.
struct section_kind {
    std::string kind;
    bool named = false;
    std::vector<std::string> keys;
    std::vector<std::string> repeated; ///< those of `keys` that may be given more than once
};

/// Reads a text. Problems are added to `problems`; what is good is in the result all the same, so
/// that one run finds as many mistakes as possible.
std::vector<section> read_sections(const std::string& file, const std::string& text,
                                   const std::vector<section_kind>& kinds,
                                   std::vector<problem>& problems);

} // namespace weir::config
