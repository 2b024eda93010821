#pragma once

// The shape of a file: sections, their keys, and the line of each. Boost.Program_options' reader of
// configuration files handles comments, spaces and the list of valid keys. Given a whole file it
// would lose line numbers and stop at the first mistake. So this reader passes it one line at a
// time: every line keeps its number and its own mistake. It parses section headers itself.

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

/// `[kind name]` and the lines below it
struct section {
    place where;
    std::string kind; ///< "" if the header was not understood
    std::string name; ///< "" for kinds without one
    std::vector<entry> entries;
    std::vector<std::string> attempted; ///< keys that wrong lines meant; "" = unclear
};

/// The keys that a kind of section accepts.
struct section_kind {
    std::string kind;
    bool named = false;
    std::vector<std::string> keys;
    std::vector<std::string> repeated; ///< those of `keys` that may be repeated
};

/// Parses a text and appends its problems to `problems`. The result contains all valid parts even
/// then, so that one run finds as many mistakes as possible. Skips lines under a header of unknown
/// kind, since it has reported the header.
std::vector<section> read_sections(const std::string& file, const std::string& text,
                                   const std::vector<section_kind>& kinds,
                                   std::vector<problem>& problems);

} // namespace weir::config
