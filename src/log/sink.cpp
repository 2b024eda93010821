#include "log/sink.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::log {

sink::sink(int descriptor) : descriptor_(descriptor) {
    struct stat kind {};
    if (fstat(descriptor, &kind) != 0) return;
    is_socket_ = S_ISSOCK(kind.st_mode);
    if (!S_ISFIFO(kind.st_mode) && !S_ISCHR(kind.st_mode)) return;
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    const int again = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_APPEND | O_NOCTTY | O_CLOEXEC);
    if (again < 0) return; // not ours to open: put() asks poll() first
    descriptor_ = again;
    own_ = true;
}

sink::~sink() {
    if (own_) close(descriptor_);
}

void sink::write(std::string_view line, const std::function<std::string(std::uint64_t)>& gap) {
    // The rest of a line comes first, then the count of the lost ones, then this line.
    const bool ready =
        (rest_.empty() || put(std::exchange(rest_, ""))) && (unsaid_ == 0 || put(gap(unsaid_)));
    if (ready) unsaid_ = 0;
    if (ready && put(line)) return;
    ++lost_;
    ++unsaid_;
}

/// False when nothing of it was written. What was written in part is finished by the next call.
bool sink::put(std::string_view text) {
    if (!own_ && !is_socket_) {
        // A pipe that cannot be opened again: POLLOUT says that PIPE_BUF bytes fit.
        pollfd ready{descriptor_, POLLOUT, 0};
        if (poll(&ready, 1, 0) == 0) return false;
    }
    ssize_t written = 0;
    do {
        written = is_socket_
                      ? send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                      : ::write(descriptor_, text.data(), text.size());
    } while (written < 0 && errno == EINTR);
    if (written < 0) return errno != EAGAIN && errno != EWOULDBLOCK; // a dead log is no full one
    rest_.assign(text.substr(static_cast<std::size_t>(written)));
    return true;
}

} // namespace weir::log
