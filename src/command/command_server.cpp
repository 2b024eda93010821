#include "command/command_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command/telemetry.h"
#include "log/log.h"

namespace weir::command {

namespace {

using namespace std::chrono_literals;

constexpr auto same_episode = 1min; ///< of refused clients: one line in the log

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

bool none_left() {
    return errno == EMFILE || errno == ENFILE;
}

} // namespace

command_server::command_server(loop::event_loop& loop, director_view& view,
                               const std::string& run_dir)
    : loop_(loop), view_(view), socket_(run_dir), rates_(loop, view),
      timer_(loop.every(1s, [this] { every_second(); })) {
    loop_.need(socket_.fd(), EPOLLIN, [this](std::uint32_t) { accept_clients(); });
    telemetry::announce();
    every_second();
}

command_server::~command_server() {
    loop_.cancel(timer_);
    if (wake_) loop_.cancel(*wake_);
    while (!clients_.empty())
        drop(clients_.begin()->first);
    loop_.remove(socket_.fd());
    if (reserve_ >= 0) close(reserve_);
}

void command_server::every_second() {
    keep_reserve();
    listen(true);
    drop_idle();
    busy_.sample(view_.workers());
    telemetry::publish(short_status(view_, busy_));
}

void command_server::accept_clients() {
    int fd;
    while ((fd = accept_one()) >= 0)
        admit(fd);
    if (would_block()) return;
    const int error = errno;
    // Who waits would wake us again at once.
    listen(false);
    const auto now = loop_.now();
    const auto before = std::exchange(stopped_at_, now);
    if (before && now - *before < same_episode) return;
    log::warning("control socket: accept: {}{}", std::strerror(error),
                 error == EMFILE ? ": raise LimitNOFILE" : "");
}

/// A new client's descriptor, or -1 with errno.
int command_server::accept_one() {
    const auto accept = [this] {
        return accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    };
    int fd = accept();
    if (fd >= 0 || !none_left() || reserve_ < 0) return fd;
    close(std::exchange(reserve_, -1));
    fd = accept();
    const int error = errno;
    if (fd < 0) keep_reserve();
    errno = error;
    return fd;
}

void command_server::listen(bool whether) {
    if (std::exchange(listens_, whether) != whether)
        loop_.change(socket_.fd(), whether ? std::uint32_t{EPOLLIN} : 0);
}

void command_server::keep_reserve() {
    if (reserve_ < 0) reserve_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void command_server::admit(int fd) {
    const peer who = socket_.peer_of(fd);
    std::string refusal;
    if (!who.trusted)
        refusal = "permission denied: root, weir's user and members of the socket's group may ask";
    else if (!make_room(who))
        refusal = "too many clients at once";
    if (!refusal.empty()) return refuse(fd, who, refusal);
    const int error = loop_.add(fd, EPOLLIN, [this, fd](std::uint32_t events) {
        if (const auto found = clients_.find(fd); found != clients_.end())
            serve(*found->second, events);
    });
    if (error != 0) return refuse(fd, who, fmt::format("no room: {}", std::strerror(error)));
    auto c = std::make_unique<client>();
    c->fd = fd;
    c->caller = who.name;
    c->progress = loop_.now();
    clients_.emplace(fd, std::move(c));
}

/// Is there a place for this client? The one that has made no progress for longest may lose its
/// own.
bool command_server::make_room(const peer& who) {
    if (clients_.size() < most_clients) return true;
    const auto slowest =
        std::min_element(clients_.begin(), clients_.end(), [](const auto& a, const auto& b) {
            return a.second->progress < b.second->progress;
        });
    if (loop_.now() - slowest->second->progress >= may_be_displaced) {
        log::once_a_minute(log::level::warning, "control socket: displaced",
                           "control socket: {} makes room for {}: too many clients at once",
                           slowest->second->caller, who.name);
        drop(slowest->first);
        return true;
    }
    return who.root && clients_.size() < most_clients + kept_for_root;
}

void command_server::drop_idle() {
    std::vector<int> idle;
    for (const auto& [fd, c] : clients_)
        if (loop_.now() - c->progress >= longest_idle) idle.push_back(fd);
    for (const int fd : idle)
        drop(fd);
}

void command_server::refuse(int fd, const peer& who, const std::string& why) {
    log::once_a_minute(log::level::warning, "control socket: refused",
                       "control socket: {} refused: {}", who.name, why);
    const std::string line = error_line(why);
    // A new socket has room for a line.
    [[maybe_unused]] const auto sent = send(fd, line.data(), line.size(), MSG_NOSIGNAL);
    close(fd);
    keep_reserve();
}

void command_server::drop(int fd) {
    loop_.remove(fd);
    clients_.erase(fd);
    close(fd);
    keep_reserve();
    listen(true);
}

/// One turn: send what waits; when nothing does, make the next piece or take the next request.
void command_server::serve(client& c, std::uint32_t events) {
    const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0;
    if (broken || ((events & EPOLLIN) != 0 && !receive(c)) || !send_some(c)) {
        drop(c.fd);
        return;
    }
    if (c.out.empty()) {
        c.waits = false;
        if (c.rest)
            next_piece(c);
        else
            next_request(c);
        if (!send_some(c)) {
            drop(c.fd);
            return;
        }
    }
    if (c.waits && (c.no_more || !c.in.empty())) {
        drop(c.fd);
        return;
    }
    if (c.waits && !wake_) wake_ = loop_.every(patience, [this] { serve_waiting(); });
    const bool busy =
        !c.out.empty() || (!c.waits && (c.rest || c.in.find('\n') != std::string::npos));
    if (!busy && c.no_more) {
        drop(c.fd);
        return;
    }
    loop_.change(c.fd, busy ? EPOLLOUT : EPOLLIN);
}

/// Reads what is there, at most a little more than a request may be long. False: the line is dead.
bool command_server::receive(client& c) {
    while (c.in.size() <= longest_request) {
        std::array<char, 16384> bytes;
        const ssize_t count = recv(c.fd, bytes.data(), bytes.size(), 0);
        if (count < 0) return would_block();
        if (count == 0) {
            c.no_more = true;
            return true;
        }
        c.in.append(bytes.data(), static_cast<std::size_t>(count));
        c.progress = loop_.now();
    }
    return true;
}

/// False: the line is dead.
bool command_server::send_some(client& c) {
    while (c.sent < c.out.size()) {
        const auto now = loop_.now(); // before the client can see what we send
        const ssize_t count =
            send(c.fd, c.out.data() + c.sent, c.out.size() - c.sent, MSG_NOSIGNAL);
        if (count < 0) return would_block();
        c.sent += static_cast<std::size_t>(count);
        c.progress = now;
    }
    c.out.clear();
    c.sent = 0;
    return true;
}

void command_server::next_request(client& c) {
    const std::size_t end = c.in.find('\n');
    if (end > longest_request && c.in.size() > longest_request) {
        c.out += error_line(fmt::format("a request is at most {} bytes long", longest_request));
        c.in.clear();
        c.no_more = true;
        return;
    }
    if (end == std::string::npos) return;
    const std::string line = c.in.substr(0, end);
    c.in.erase(0, end + 1);
    try {
        c.rest = start_command(line, {view_, rates_, busy_, c.caller});
    } catch (const message::refused& e) {
        c.out += error_line(e.what(), e.problems());
    } catch (const std::exception& e) {
        c.out += error_line(fmt::format("internal error: {}", e.what()));
    }
}

/// What has happened meanwhile, for those who wait for it.
void command_server::serve_waiting() {
    std::vector<client*> waiting;
    for (const auto& [fd, c] : clients_)
        if (c->waits) waiting.push_back(c.get());
    if (waiting.empty()) {
        loop_.cancel(*wake_);
        wake_.reset();
    }
    for (client* const c : waiting)
        serve(*c, 0);
}

void command_server::next_piece(client& c) {
    try {
        if (c.rest(c.out)) {
            c.waits = c.rest.waits && c.out.empty();
            return;
        }
        c.out += done_line();
    } catch (const std::exception& e) {
        c.out += error_line(fmt::format("internal error: {}", e.what()));
    }
    c.rest = nullptr;
}

} // namespace weir::command
