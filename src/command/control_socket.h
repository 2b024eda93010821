#pragma once

// The socket file of a running director, `weir.sock` in its run directory: made at start, mode
// 0660, removed at the end. One director per run directory: a socket that a process listens on
// stays; one left by a crash is replaced. The kernel says who connects (unix(7), SO_PEERCRED):
// root, weir's own user and members of the file's group are trusted, so `chgrp ops
// /run/weir/weir.sock` is all it takes to let a group in. Control core only.

#include <string>

namespace weir::command {

/// Who is at the other end.
struct peer {
    bool trusted = false;
    bool root = false;
    std::string name; ///< for the log: "uid 0, pid 4711"
};

/// Throws std::runtime_error when a director listens in `run_dir`. Call first: a second director
/// must fail before it takes the first one's devices.
void require_no_director(const std::string& run_dir);

class control_socket {
public:
    /// Makes `run_dir` (0755) if there is none. Throws std::runtime_error.
    explicit control_socket(const std::string& run_dir);
    ~control_socket();
    control_socket(const control_socket&) = delete;
    control_socket& operator=(const control_socket&) = delete;

    /// Listens, does not block.
    int fd() const { return fd_; }
    const std::string& path() const { return path_; }

    /// Asks the kernel about a connection that was accepted here.
    peer peer_of(int connection) const;

private:
    std::string path_;
    int fd_ = -1;
    unsigned long inode_ = 0; ///< of the file, so that only our own is removed
};

} // namespace weir::command
