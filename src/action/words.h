#pragma once

// The command lines of programs that weir runs: words, the first one an absolute path; no shell
// ever sees them. A word may hold facts by name: `{state}`. Pure: any thread.

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weir::action {

/// argv.
using command = std::vector<std::string>;
/// {"state", "active"}
using fact = std::pair<std::string, std::string>;

/// The words with each `{name}` of a fact replaced by its value; a value's own braces stay as they
/// are, and so does a name that is no fact.
command filled(const command& words, std::span<const fact> facts);

/// The environment of a program: PATH, and each fact as WEIR_NAME=value, `-` as `_`.
std::vector<std::string> environment_of(std::span<const fact> facts);

} // namespace weir::action
