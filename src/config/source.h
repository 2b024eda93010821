#pragma once

// Where the texts of a configuration come from: the file that weir is given, and the files that it
// includes. The reader sees them through this seam, so that a text without files beside it (an
// importer's result, a fuzzer's input) includes nothing. Control core.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// A file that an `include` means.
struct included_file {
    std::string path; ///< as messages name it
    std::string same; ///< equal for two paths to one file
};

struct sources {
    /// The files that a pattern means, sorted by name; `from` is the file that includes them. A
    /// pattern may match none. Throws bad_value: what is not there, or cannot be listed.
    std::function<std::vector<included_file>(const std::string& from, std::string_view pattern)>
        matching{};
    /// The text of a file. Throws bad_value.
    std::function<std::string(const std::string& path)> read{};
};

/// The files of this machine. `*`, `?` and `[...]` in a pattern are those of glob(7); a pattern is
/// relative to the folder of the file that includes it.
sources from_disk();

/// The whole of a file, also of a pipe. Throws bad_value.
std::string read_file(const std::string& path);

/// The file itself, in the form of included_file::same.
std::string same_file(const std::string& path);

} // namespace weir::config
