#pragma once

// Turns a file into a configuration, or into the list of all its problems. Reading is strict: an
// unknown section, key or word is a problem, whose text names the nearest valid one. There is no
// partial result: a configuration exists only if there are no problems. As far as possible, one
// mistake makes one problem. Control core, before start and on reload.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/model.h"
#include "config/problem.h"

namespace weir::config {

struct load_result {
    std::optional<config::configuration> configuration; ///< set if there are no problems
    std::vector<problem> problems;                      ///< file by file, in the order of lines

    explicit operator bool() const { return configuration.has_value(); }
};

/// What the reader asks others, since it knows no schedulers. It does not check what an empty
/// function would answer.
struct surroundings {
    /// Loads a plugin; returns an error in one line, or "". Called for every `plugin =`, before any
    /// of the others.
    std::function<std::string(const std::string& path)> load_plugin{};
    /// The names of all schedulers, including those of plugins.
    std::function<std::vector<std::string>()> schedulers{};
    /// An error in the options of an existing scheduler, in one line, or "".
    std::function<std::string(const std::string& scheduler,
                              const std::vector<std::string>& options)>
        check_options{};
    /// What the machine has; MiB. 0 = not known.
    std::uint64_t memory = 0;
};

/// Reads a file and those that it includes.
load_result load(const std::string& path, const surroundings& around);
/// Reads a text, which cannot include files; `name` stands for the file in messages.
load_result load_text(const std::string& name, const std::string& text, const surroundings& around);

} // namespace weir::config
