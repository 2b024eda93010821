#pragma once

// The settings that an interface had before weir took it over. They are kept in `state-dir` from
// the first change until all are restored. If a run dies in between, the next one finds there what
// the interface had before, and restores that at its own end. Leftovers do not count for another
// interface of the same name, or after the machine has started again: those have settings of their
// own. Without a place to write, originals live as long as the process. Control core only.

#include <functional>
#include <map>
#include <string>

#include "config/state_file.h"

namespace weir::port {

class originals {
public:
    /// `warn`: takes a line about a directory that cannot be written.
    originals(const std::string& state_dir, const std::string& interface,
              std::function<void(const std::string&)> warn);

    /// What the setting was before any weir: `now`, unless a run that died has left another value.
    /// Call before changing it.
    std::string before(const std::string& setting, const std::string& now);
    /// All are restored.
    void forget();

private:
    void save();

    config::state_file file_;
    std::function<void(const std::string&)> warn_;
    std::string identity_; ///< of the interface since the machine's start
    std::map<std::string, std::string> values_;
};

} // namespace weir::port
