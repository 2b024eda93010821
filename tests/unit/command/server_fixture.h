#pragma once

// A command server with a fake director, its event loop on a thread of its own, and clients.

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "command/command_server.h"
#include "unit/command/fake_director.h"

namespace weir::command {

/// A directory that goes away with its contents.
class scratch_directory {
public:
    scratch_directory() {
        std::string name = (std::filesystem::temp_directory_path() / "weir-unit-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// A bare connection to a control socket.
class raw_client {
public:
    raw_client() : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
        const timeval patience{20, 0}; // a test that hangs fails
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    explicit raw_client(const std::string& path) : raw_client() { connect_to(path); }
    ~raw_client() { close(fd_); }
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;

    void connect_to(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    bool connected() const { return connected_; }
    void say(std::string_view text) {
        while (!text.empty()) {
            const ssize_t count = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    void say_no_more() { shutdown(fd_, SHUT_WR); }
    /// The next line, without its end; "" when the other side has closed.
    std::string line() {
        std::size_t end;
        while ((end = waiting_.find('\n')) == std::string::npos) {
            std::array<char, 65536> bytes;
            const ssize_t count = recv(fd_, bytes.data(), bytes.size(), 0);
            if (count < 0) throw std::runtime_error(std::strerror(errno));
            if (count == 0) return "";
            waiting_.append(bytes.data(), static_cast<std::size_t>(count));
        }
        const std::string text = waiting_.substr(0, end);
        waiting_.erase(0, end + 1);
        return text;
    }
    /// The "error" of the next line.
    std::string error() { return nlohmann::json::parse(line()).value("error", "not an error"); }
    /// How many lines come before the last one of an answer.
    std::size_t count_lines() {
        std::size_t count = 0;
        for (std::string text = line(); text != "{\"done\":true}"; text = line()) {
            if (text.empty()) throw std::runtime_error("closed too early");
            ++count;
        }
        return count;
    }

private:
    int fd_;
    bool connected_ = false;
    std::string waiting_;
};

class command_server_test : public testing::Test {
protected:
    ~command_server_test() override {
        if (!thread_.joinable()) return;
        eventfd_write(stop_, 1);
        thread_.join();
        close(stop_);
    }

    /// Serves from here on; `director` belongs to the server's thread now.
    void start() {
        server_ = std::make_unique<command_server>(loop_, director, directory_.path());
        loop_.always([this] {
            if (loop_.idle_turns() == 0)
                idle_turns_ = 0;
            else
                ++idle_turns_;
            return false;
        });
        stop_ = eventfd(0, EFD_NONBLOCK);
        loop_.need(stop_, EPOLLIN, [this](std::uint32_t) { loop_.stop(); });
        thread_ = std::thread([this] { loop_.run(); });
    }
    std::string path() const { return directory_.path() + "/weir.sock"; }
    /// True once the server has had so many turns in a row, from now on, with nothing to do; false
    /// when it is busy all the time.
    bool comes_to_rest(unsigned turns) {
        const auto patience = loop::clock::machine::now() + std::chrono::seconds(5);
        idle_turns_ = 0;
        while (idle_turns_ < turns) {
            if (loop::clock::machine::now() > patience) return false;
            std::this_thread::yield();
        }
        return true;
    }

    fake_director director{100'000};
    loop::clock time = loop::clock::standing_at(std::chrono::hours(1));

private:
    scratch_directory directory_;
    loop::event_loop loop_{time};
    std::atomic<unsigned> idle_turns_{0};
    std::unique_ptr<command_server> server_;
    int stop_ = -1;
    std::thread thread_;
};

} // namespace weir::command
