#include "config/state_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/descriptor.h"

namespace weir::config {

namespace {

constexpr mode_t file_mode = 0600;
constexpr mode_t directory_mode = 0700;

[[noreturn]] void fail(const std::string& path, const char* what) {
    throw std::runtime_error(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(fd, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

} // namespace

std::optional<std::string> state_file::read() const {
    const descriptor file(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0 && errno == ENOENT) return std::nullopt;
    if (file.get() < 0) fail(path_, "cannot be read");
    std::string text;
    std::array<char, 4096> piece;
    while (true) {
        const ssize_t count = ::read(file.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(path_, "cannot be read");
        if (count == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
}

void state_file::write(const std::string& text) const {
    std::error_code error;
    if (const auto parent = std::filesystem::path(directory_).parent_path(); !parent.empty())
        std::filesystem::create_directories(parent, error);
    if (mkdir(directory_.c_str(), directory_mode) != 0 && errno != EEXIST)
        fail(directory_, "cannot be made");
    const std::string fresh = path_ + ".new";
    {
        const descriptor file(
            open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file_mode));
        if (file.get() < 0 || !write_all(file.get(), text) || fsync(file.get()) != 0)
            fail(fresh, "cannot be written");
    }
    if (rename(fresh.c_str(), path_.c_str()) != 0) fail(path_, "cannot be written");
}

void state_file::remove() const {
    unlink(path_.c_str());
}

} // namespace weir::config
