#pragma once

// A monitor and what it asks: for tests of what becomes of answers.

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "health/monitor.h"
#include "unit/config/fixture.h"
#include "unit/health/fake_detours.h"
#include "unit/wound_loop.h"

namespace weir::health {

/// A TCP server on the loopback: it can be stopped, and started again on the same port.
class tcp_server {
public:
    tcp_server() { start(); }
    ~tcp_server() { stop(); }

    void start() {
        fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int yes = 1;
        setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        where_.sin_family = AF_INET;
        where_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof where_;
        EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&where_), length), 0);
        EXPECT_EQ(listen(fd_, 1024), 0);
        getsockname(fd_, reinterpret_cast<sockaddr*>(&where_), &length);
    }
    void stop() {
        if (fd_ >= 0) close(std::exchange(fd_, -1));
    }
    std::uint16_t port() const { return ntohs(where_.sin_port); }

private:
    int fd_ = -1;
    sockaddr_in where_{};
};

/// A monitor of one service with one server, the TCP server above. Time goes on once the checks
/// under way have their answers.
class monitored : public testing::Test {
protected:
    monitored() {
        at.settled = [this] { return checks.how_punctual().under_way == 0; };
    }
    void apply(const std::string& keys, const std::string& check = "tcp",
               forward_mode mode = forward_mode::dr, const std::string& word = "",
               const std::string& pace = "interval=10ms fall=1 rise=1") {
        service = config::service_with("server = 192.0.2.1\n" // in place of whom is checked:
                                       "check = "
                                       + check + ' ' + pace + '\n' + keys);
        checks.prepare({service});
        checks.apply({{&service,
                       {{1, *parse_address("127.0.0.1"), server.port(), 1, fresh, {mode}, word}}}});
        fresh = false;
    }
    /// Winds until the server is what it should be; how long that took.
    loop::clock::duration until(bool up) {
        return at.until([this, up] { return (now.fit == fitness::good) == up; });
    }
    void fall() {
        server.stop();
        until(false);
    }

    tcp_server server;
    config::service service;
    wound_loop at;
    fake_detours detours;
    condition now{.fit = fitness::unproven};
    std::deque<std::string> lines;
    std::string fault;   ///< of this host
    std::string unheard; ///< why it may have missed an answer
    ip_address lost_at;  ///< whose; none = everyone's
    monitor checks{at.loop,
                   detours,
                   {[this](target_id, const condition& c) { now = c; },
                    [this](telling, const std::string& line) { lines.push_back(line); },
                    [this](const ip_address&, loop::clock::time_point) { return fault; },
                    [this](const ip_address& who, loop::clock::time_point) {
                        return lost_at.is_none() || lost_at == who ? unheard : "";
                    },
                    [this](const ip_address& who) { silent.push_back(who); },
                    [this](const turnabout& t) { turned.push_back(t); }}};
    std::vector<turnabout> turned;
    std::vector<ip_address> silent;
    bool fresh = true;
};

} // namespace weir::health
