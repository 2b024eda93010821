#pragma once

// The shape of a file: sections, their keys, and the line of each. Boost.Program_options' reader of
// configuration files handles comments, spaces and the list of valid keys. Given a whole file it
// would lose line numbers and stop at the first mistake. So this reader passes it one line at a
// time: every line keeps its number and its own mistake. It parses section headers itself, and
// reads the files that `include PATTERN` names where that line stands. The sections of a file are
// its own: an included file begins outside any section, and behind the `include` the section goes
// on that was there before. Each file is read once, so no cycle can arise.

#include <string>
#include <vector>

#include "config/problem.h"
#include "config/source.h"

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

struct read_result {
    std::vector<section> sections;  ///< in the order of lines, included ones where they stand
    std::vector<std::string> files; ///< all that were read, in that order; `file` first
};

/// Parses a text and appends its problems to `problems`. The result contains all valid parts even
/// then, so that one run finds as many mistakes as possible. Skips lines under a header of unknown
/// kind, since it has reported the header.
read_result read_sections(const std::string& file, const std::string& text,
                          const std::vector<section_kind>& kinds, const sources& from,
                          std::vector<problem>& problems);

} // namespace weir::config
