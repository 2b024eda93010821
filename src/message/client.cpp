#include "message/client.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "message/keys.h"
#include "message/message.h"

namespace weir::message {

namespace {

/// A reload of a very large file takes seconds; nothing takes longer than this.
constexpr timeval patience{60, 0};

nlohmann::json parsed(std::string_view line) {
    nlohmann::json value = parse(line);
    if (value.is_discarded()) throw std::runtime_error("the director's answer makes no sense");
    return value;
}

} // namespace

std::string socket_in(const std::string& run_dir) {
    return run_dir + "/weir.sock";
}

void client::connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path)
        throw std::runtime_error(fmt::format("{} is too long for a socket's name", path_));
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    const std::lock_guard guard(lock_);
    if (over_) throw std::runtime_error("this client has hung up");
    fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0) throw std::runtime_error(fmt::format("socket: {}", std::strerror(errno)));
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    const int error = errno;
    close(std::exchange(fd_, -1));
    if (error == ENOENT || error == ECONNREFUSED)
        throw std::runtime_error(fmt::format("no director at {}: is weir running?", path_));
    if (error == EACCES)
        throw std::runtime_error(fmt::format("{}: {}: it is for root, the user weir runs as, and "
                                             "members of its group",
                                             path_, std::strerror(error)));
    throw std::runtime_error(fmt::format("{}: {}", path_, std::strerror(error)));
}

client::~client() {
    if (fd_ >= 0) close(fd_);
}

void client::hang_up() {
    const std::lock_guard guard(lock_);
    over_ = true;
    if (fd_ >= 0) shutdown(fd_, SHUT_RDWR);
}

void client::send(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
        // A director that refuses us may have closed already; what it said can still be read.
        if (count < 0 && errno == EPIPE) return;
        if (count < 0 && errno != EINTR)
            throw std::runtime_error(fmt::format("control socket: {}", std::strerror(errno)));
        if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    }
}

bool client::hand_over(std::string_view line, const std::function<void(std::string_view)>& take) {
    // Lists are long: only what looks like a last line is looked at closely.
    static const std::string done = fmt::format("{{\"{}\"", key::done);
    static const std::string error = fmt::format("{{\"{}\"", key::error);
    if (!line.starts_with(done) && !line.starts_with(error)) {
        take(line);
        return true;
    }
    const nlohmann::json last = parsed(line);
    if (last.contains(key::error))
        throw refused(last.value(key::error, ""),
                      last.value(key::problems, std::vector<std::string>{}));
    return false;
}

void client::ask_parsed(const nlohmann::json& request,
                        const std::function<void(const nlohmann::json&)>& take) {
    ask(request, [&](std::string_view line) { take(parsed(line)); });
}

void client::ask(const nlohmann::json& request, const std::function<void(std::string_view)>& take) {
    if (fd_ < 0) connect();
    send(to_text(request) + '\n');
    std::string waiting;
    std::array<char, 65536> bytes;
    while (true) {
        const ssize_t count = recv(fd_, bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN)
            throw std::runtime_error(
                fmt::format("the director has not answered for {} seconds", patience.tv_sec));
        if (count <= 0) throw std::runtime_error("the director closed the connection");
        waiting.append(bytes.data(), static_cast<std::size_t>(count));
        std::size_t begin = 0;
        for (std::size_t end; (end = waiting.find('\n', begin)) != std::string::npos;
             begin = end + 1)
            if (!hand_over(std::string_view(waiting).substr(begin, end - begin), take)) return;
        waiting.erase(0, begin);
    }
}

} // namespace weir::message
