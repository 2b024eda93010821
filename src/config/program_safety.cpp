#include "config/program_safety.h"

#include <filesystem>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace weir::config {

namespace {

std::string why_changeable(const std::string& path) {
    struct stat file {};
    if (lstat(path.c_str(), &file) != 0 || S_ISLNK(file.st_mode))
        return {}; // a link's folder counts
    if (file.st_uid != 0 && file.st_uid != geteuid())
        return path + " belongs to uid " + std::to_string(file.st_uid);
    if (S_ISDIR(file.st_mode) && (file.st_mode & S_ISVTX) != 0) return {};
    if ((file.st_mode & S_IWOTH) != 0) return path + " is writable by all";
    if ((file.st_mode & S_IWGRP) != 0 && file.st_gid != 0)
        return path + " is writable by its group";
    return {};
}

/// From the root on.
std::string on_the_way(const std::filesystem::path& path) {
    std::filesystem::path part;
    for (const auto& name : path) {
        part /= name;
        if (std::string why = why_changeable(part.string()); !why.empty()) return why;
    }
    return {};
}

} // namespace

std::string changeable_part(const std::string& path) {
    if (std::string why = on_the_way(path); !why.empty()) return why;
    std::error_code error;
    const std::filesystem::path target = std::filesystem::canonical(path, error);
    return error ? "" : on_the_way(target);
}

} // namespace weir::config
