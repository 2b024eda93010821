#include "config/source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <glob.h>

#include "config/problem.h"
#include "config/values.h"

namespace weir::config {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view wildcards = "*?[";

[[noreturn]] void unreadable(const fs::path& path, int error) {
    throw bad_value(
        fmt::format("{} cannot be read: {}", in_quotes(path.string()), std::strerror(error)));
}

int stop_at_error(const char*, int error) {
    return error == ENOENT || error == ENOTDIR ? 0 : 1;
}

/// The part of a pattern that names one folder: all before the first component with a wildcard.
fs::path certain_folder(const fs::path& pattern) {
    fs::path folder;
    for (const fs::path& part : pattern) {
        if (part.string().find_first_of(wildcards) != std::string::npos) break;
        folder /= part;
    }
    return folder;
}

std::vector<std::string> expand(const fs::path& pattern) {
    if (pattern.string().find_first_of(wildcards) == std::string::npos) return {pattern.string()};
    const fs::path folder = certain_folder(pattern);
    std::error_code error;
    if (!folder.empty() && !fs::is_directory(folder, error))
        unreadable(folder, error ? error.value() : ENOTDIR);
    glob_t found{};
    const int result = glob(pattern.c_str(), GLOB_NOSORT | GLOB_ERR, stop_at_error, &found);
    std::vector<std::string> all(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    globfree(&found);
    if (result != 0 && result != GLOB_NOMATCH) unreadable(pattern, errno != 0 ? errno : EIO);
    std::ranges::sort(all); // the same everywhere, whatever the locale
    return all;
}

std::vector<included_file> files_matching(const std::string& from, std::string_view pattern) {
    const fs::path whole = fs::path(from).parent_path() / pattern;
    std::vector<included_file> files;
    for (std::string& path : expand(whole)) {
        std::error_code error;
        const auto status = fs::status(path, error);
        if (!fs::exists(status)) unreadable(path, error ? error.value() : ENOENT);
        if (!fs::is_regular_file(status))
            throw bad_value(fmt::format("{} is not a file", in_quotes(path)));
        std::string same = same_file(path);
        files.push_back({std::move(path), std::move(same)});
    }
    return files;
}

} // namespace

sources from_disk() {
    return {.matching = files_matching, .read = read_file};
}

std::string same_file(const std::string& path) {
    std::error_code error;
    const fs::path same = fs::canonical(path, error);
    return error ? path : same.string();
}

std::string read_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                               std::fclose);
    std::string text;
    std::array<char, 1 << 16> piece;
    while (file) {
        const std::size_t length = std::fread(piece.data(), 1, piece.size(), file.get());
        if (length == 0) break;
        text.append(piece.data(), length);
    }
    if (file && std::ferror(file.get()) == 0) return text;
    throw bad_value(fmt::format("cannot be read: {}", std::strerror(errno)));
}

} // namespace weir::config
