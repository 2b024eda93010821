#pragma once

// An open file, closed with its scope. Any thread.

#include <unistd.h>

namespace weir::config {

class descriptor {
public:
    /// Takes what open(2) returned; negative: there is none.
    explicit descriptor(int fd) : fd_(fd) {}
    ~descriptor() {
        if (fd_ >= 0) close(fd_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

} // namespace weir::config
