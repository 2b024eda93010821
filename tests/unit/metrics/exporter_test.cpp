// The page over HTTP: a real server of it, with a real control socket behind it or none.

#include "metrics/exporter.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "net/socket_address.h"
#include "unit/command/server_fixture.h"

namespace weir::metrics {
namespace {

/// A TCP socket, bound to a free port of the loopback interface.
class bound_socket {
public:
    explicit bound_socket(const ip_address& address)
        : fd_(socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM, 0)) {
        const int yes = 1;
        setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        const socket_address wanted(address, 0);
        EXPECT_EQ(bind(fd_, wanted.get(), wanted.length), 0);
        socket_address got;
        getsockname(fd_, got.get(), &got.length);
        where = {address, got.port()};
    }
    ~bound_socket() { close(fd_); }
    bound_socket(const bound_socket&) = delete;
    bound_socket& operator=(const bound_socket&) = delete;

    void take_clients() { listen(fd_, 1); }

    endpoint where;

private:
    int fd_;
};

/// A port of the loopback interface that nobody has.
endpoint free_port(const char* address) {
    return bound_socket(parse_address(address).value()).where;
}

/// What the server says to this, to the end.
std::string said_to(const endpoint& where, const std::string& request) {
    const int fd = socket(where.address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM, 0);
    const socket_address to(where.address, where.port);
    std::string all;
    if (connect(fd, to.get(), to.length) == 0) {
        const std::string text = request + " HTTP/1.0\r\n\r\n";
        EXPECT_EQ(send(fd, text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
        std::array<char, 4096> bytes;
        for (ssize_t n; (n = recv(fd, bytes.data(), bytes.size(), 0)) > 0;)
            all.append(bytes.data(), static_cast<std::size_t>(n));
    }
    close(fd);
    return all;
}
std::string status_of(const std::string& answer) {
    return answer.substr(0, answer.find('\r'));
}

class exporter_test : public command::command_server_test {};

TEST_F(exporter_test, serves_the_page_and_nothing_else) {
    start();
    for (const char* address : {"127.0.0.1", "::1"}) {
        const endpoint where = free_port(address);
        const exporter e(where, path());
        const std::string page = said_to(where, "GET /metrics");
        EXPECT_EQ(status_of(page), "HTTP/1.1 200 OK");
        EXPECT_NE(page.find("text/plain; version=0.0.4"), std::string::npos);
        EXPECT_NE(page.find("\nweir_services "), std::string::npos) << page.substr(0, 500);
        EXPECT_TRUE(page.ends_with('\n'));
        EXPECT_EQ(status_of(said_to(where, "HEAD /metrics")), "HTTP/1.1 200 OK");
        EXPECT_EQ(status_of(said_to(where, "GET /")), "HTTP/1.1 404 Not Found");
        EXPECT_EQ(status_of(said_to(where, "GET /metrics/../../etc/passwd")),
                  "HTTP/1.1 404 Not Found");
        EXPECT_EQ(status_of(said_to(where, "POST /metrics")), "HTTP/1.1 405 Method Not Allowed");
    }
}

TEST_F(exporter_test, without_a_director_says_so) {
    const endpoint where = free_port("127.0.0.1");
    const exporter e(where, path());
    const std::string answer = said_to(where, "GET /metrics");
    EXPECT_EQ(status_of(answer), "HTTP/1.1 503 Service Unavailable");
    EXPECT_NE(answer.find("no director at "), std::string::npos);
}

/// The director's own thread ends it, and would wait for itself.
TEST_F(exporter_test, ends_while_it_waits_for_an_answer) {
    const int silent = socket(AF_UNIX, SOCK_STREAM, 0);
    const std::string name = testing::TempDir() + "weir-silent-" + std::to_string(getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(silent, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    listen(silent, 1);
    const endpoint where = free_port("127.0.0.1");
    auto e = std::make_unique<exporter>(where, name);
    std::thread client([&] { said_to(where, "GET /metrics"); });
    const int asked = accept(silent, nullptr, nullptr); // now it waits
    const auto begun = std::chrono::steady_clock::now();
    e.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
    client.join();
    close(asked);
    close(silent);
    unlink(name.c_str());
}

TEST_F(exporter_test, of_an_address_in_use_says_so) {
    bound_socket taken(parse_address("127.0.0.1").value());
    taken.take_clients();
    try {
        const exporter e(taken.where, path());
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(error.what(),
                  "metrics: cannot listen on 127.0.0.1:" + std::to_string(taken.where.port)
                      + ": Address already in use");
    }
}

} // namespace
} // namespace weir::metrics
