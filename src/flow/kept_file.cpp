#include "flow/kept_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace weir::inline flow {

namespace {

constexpr const char* ordinary_folder = "/dev/shm";

/// Where hugetlbfs is mounted.
std::vector<std::string> huge_folders() {
    std::vector<std::string> folders;
    std::ifstream mounts("/proc/self/mounts");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream words(line);
        std::string device, folder, type;
        words >> device >> folder >> type;
        if (type == "hugetlbfs") folders.push_back(folder);
    }
    return folders;
}

std::string error_text() {
    return std::strerror(errno);
}

} // namespace

std::string kept_name(const std::string& run_dir) {
    std::string name = "weir";
    for (const char c : run_dir)
        name += c == '/' ? '-' : c;
    return name;
}

void kept_file::swap(kept_file& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(path_, other.path_);
    std::swap(why_, other.why_);
    std::swap(inode_, other.inode_);
    std::swap(fd_, other.fd_);
}

kept_file::~kept_file() {
    if (fd_ >= 0) close(fd_);
}

bool kept_file::make(const std::string& name, std::size_t bytes, large_memory::pages wanted) {
    if (wanted == large_memory::pages::huge)
        for (const std::string& folder : huge_folders())
            if (make_in(folder, name, bytes)) return true;
    return make_in(ordinary_folder, name, bytes);
}

bool kept_file::make_in(const std::string& folder, const std::string& name, std::size_t bytes) {
    *this = {};
    path_ = folder + "/" + name;
    unlink(path_.c_str());
    fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct statfs system {};
    struct stat file {};
    if (fd_ < 0 || flock(fd_, LOCK_EX | LOCK_NB) != 0 || fstatfs(fd_, &system) != 0
        || fstat(fd_, &file) != 0) {
        why_ = path_ + ": " + error_text();
        return false;
    }
    const auto page = static_cast<std::size_t>(system.f_bsize);
    const std::size_t all = (bytes + page - 1) / page * page;
    // Pages that are much larger than what they hold are for others.
    const bool sensible = page <= (std::size_t{2} << 20) || bytes >= page;
    const int wrong = sensible ? posix_fallocate(fd_, 0, static_cast<off_t>(all)) : ENOSPC;
    if (wrong == 0) memory_ = large_memory(fd_, all, page, large_memory::access::write);
    if (wrong != 0 || memory_.data() == nullptr) {
        why_ = path_ + ": " + std::strerror(wrong != 0 ? wrong : errno);
        unlink(path_.c_str());
        return false;
    }
    inode_ = file.st_ino;
    return true;
}

bool kept_file::find(const std::string& name) {
    for (const std::string& folder : huge_folders())
        if (open_in(folder, name)) return true;
    return why_.empty() && open_in(ordinary_folder, name);
}

bool kept_file::open_in(const std::string& folder, const std::string& name) {
    *this = {};
    path_ = folder + "/" + name;
    fd_ = open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd_ < 0) {
        if (errno != ENOENT) why_ = path_ + ": " + error_text();
        return false;
    }
    struct stat file {};
    struct statfs system {};
    if (fstat(fd_, &file) != 0 || fstatfs(fd_, &system) != 0)
        why_ = path_ + ": " + error_text();
    else if (!S_ISREG(file.st_mode) || file.st_uid != geteuid() || (file.st_mode & 0077) != 0)
        why_ = path_ + ": others may have written it";
    else if (flock(fd_, LOCK_EX | LOCK_NB) != 0)
        why_ = path_ + ": another process uses it";
    else if (file.st_size == 0)
        why_ = path_ + ": it is empty";
    if (!why_.empty()) return false;
    memory_ = large_memory(fd_, static_cast<std::size_t>(file.st_size),
                           static_cast<std::size_t>(system.f_bsize), large_memory::access::read);
    if (memory_.data() == nullptr) why_ = path_ + ": " + error_text();
    inode_ = file.st_ino;
    return why_.empty();
}

void kept_file::remove() {
    unlink(path_.c_str());
}

} // namespace weir::inline flow
