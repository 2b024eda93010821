#include "command/control_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "message/client.h"

namespace weir::command {

namespace {

constexpr mode_t directory_mode = 0755;
constexpr mode_t socket_mode = 0660;
constexpr int backlog = 64;

[[noreturn]] void in_use(const std::string& run_dir) {
    throw std::runtime_error(fmt::format("another weir runs with run-dir {} ({} is in use)",
                                         run_dir, message::socket_in(run_dir)));
}

[[noreturn]] void fail(const std::string& path, const char* what) {
    throw std::runtime_error(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

void make_directory(const std::string& path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return;
    if (const auto parent = std::filesystem::path(path).parent_path(); !parent.empty())
        std::filesystem::create_directories(parent, error);
    if (mkdir(path.c_str(), directory_mode) != 0 && errno != EEXIST)
        fail(path, "cannot make the run directory");
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw std::runtime_error(fmt::format("run-dir: {} is too long for a socket's name: at most "
                                             "{} bytes",
                                             path, sizeof address.sun_path - 1));
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

int make_socket() {
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/// Tries to connect: 0, or errno.
int knock(const sockaddr_un& address) {
    const int fd = make_socket();
    const int error =
        connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
    close(fd);
    return error;
}

/// Is it a socket whose process is gone?
bool is_stale(const std::string& path, const sockaddr_un& address) {
    struct stat file {};
    return stat(path.c_str(), &file) == 0 && S_ISSOCK(file.st_mode)
           && knock(address) == ECONNREFUSED;
}

bool in_group(int connection, const ucred& who, gid_t group) {
    if (who.gid == group) return true;
    socklen_t size = 0;
    getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, nullptr, &size); // says how many
    std::vector<gid_t> groups(size / sizeof(gid_t));
    if (getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) return false;
    return std::find(groups.begin(), groups.end(), group) != groups.end();
}

} // namespace

void require_no_director(const std::string& run_dir) {
    const int error = knock(address_of(message::socket_in(run_dir)));
    if (error == 0 || error == EAGAIN) in_use(run_dir); // EAGAIN: too many clients wait there
}

control_socket::control_socket(const std::string& run_dir) : path_(message::socket_in(run_dir)) {
    const sockaddr_un address = address_of(path_);
    make_directory(run_dir);
    fd_ = make_socket();
    if (fd_ < 0) fail(path_, "socket");
    try {
        const auto take = [&] {
            return bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        };
        if (!take()) {
            if (errno != EADDRINUSE) fail(path_, "cannot make the control socket");
            if (!is_stale(path_, address)) in_use(run_dir);
            unlink(path_.c_str());
            if (!take()) fail(path_, "cannot make the control socket");
        }
        // No client can connect before listen(), so none slips in under the wrong mode.
        struct stat file {};
        if (chmod(path_.c_str(), socket_mode) != 0 || stat(path_.c_str(), &file) != 0
            || ::listen(fd_, backlog) != 0)
            fail(path_, "cannot make the control socket");
        inode_ = file.st_ino;
    } catch (...) {
        close(fd_);
        throw;
    }
}

control_socket::~control_socket() {
    struct stat file {};
    if (stat(path_.c_str(), &file) == 0 && file.st_ino == inode_) unlink(path_.c_str());
    close(fd_);
}

peer control_socket::peer_of(int connection) const {
    ucred who{};
    socklen_t size = sizeof who;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
        return {false, false, "an unknown user"};
    struct stat file {};
    const bool group_known = stat(path_.c_str(), &file) == 0;
    return {who.uid == 0 || who.uid == geteuid()
                || (group_known && in_group(connection, who, file.st_gid)),
            who.uid == 0, fmt::format("uid {}, pid {}", who.uid, who.pid)};
}

} // namespace weir::command
