#pragma once

// From a file to a configuration, or to all that is wrong with it. Reading is strict: an unknown
// section, key or word is a problem, and says which valid one is nearest. Nothing is half read:
// there is a configuration only when there are no problems. One mistake is one problem as far as
// that can be told. Control core, before start and on reload.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

struct load_result {
    std::optional<config::configuration> configuration; ///< set when there are no problems
    std::vector<problem> problems;                      ///< in the order of lines

    explicit operator bool() const { return configuration.has_value(); }
};

/// What the reader must ask others: it knows no schedulers. What is left empty is not checked.
struct surroundings {
    /// Loads a plugin; returns what is wrong in one line, or "". Called for every `plugin =`,
    /// before any of the others.
    std::function<std::string(const std::string& path)> load_plugin{};
    /// The names of the schedulers there are, those of plugins included.
    std::function<std::vector<std::string>()> schedulers{};
    /// What is wrong with the options of a scheduler that there is, in one line, or "".
    std::function<std::string(const std::string& scheduler,
                              const std::vector<std::string>& options)>
        check_options{};
};

/// Reads a file.
load_result load(const std::string& path, const surroundings& around);
/// Reads a text; `name` stands for the file in messages.
load_result load_text(const std::string& name, const std::string& text, const surroundings& around);

} // namespace weir::config
