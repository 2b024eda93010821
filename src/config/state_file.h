#pragma once

// A small file in `state-dir`: what outlives the process. A reader sees the whole of it, as before
// or after a change, however a writer ends: it is written under another name, forced to the disk,
// and renamed. Control core.

#include <optional>
#include <string>

namespace weir::config {

class state_file {
public:
    state_file(const std::string& directory, const std::string& name)
        : directory_(directory), path_(directory + '/' + name) {}

    const std::string& path() const { return path_; }
    /// Nothing if there is no such file. Throws std::runtime_error if it cannot be read.
    std::optional<std::string> read() const;
    /// Makes the directory if there is none. Throws std::runtime_error that says what failed.
    void write(const std::string& text) const;
    /// Does nothing if there is no such file.
    void remove() const;

private:
    std::string directory_;
    std::string path_;
};

} // namespace weir::config
