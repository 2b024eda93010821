// A real endpoint of SCTP (libusrsctp) for kernels without one, over raw IP sockets.
//
//   sctp_peer serve PORT NAME ADDRESS...  answers each message with its name and the message's size
//   sctp_peer ask ADDRESS PORT SIZE...    sends a message of each size, prints each answer, closes
//   sctp_peer hold ADDRESS PORT           as `ask ... 1`, but closes when its input ends
//   sctp_peer abort ADDRESS PORT          as hold, but ends with an ABORT
//
// Each socket has one address: a host's others are nobody's business behind NAT. All peers of a
// host see all its packets, so none answers what is not for it.

#include <arpa/inet.h>
#include <unistd.h>
#include <usrsctp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using association = struct ::socket;

struct endpoint {
    sockaddr_storage address{};
    socklen_t size = 0;
    int family() const { return address.ss_family; }
    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&address); }
};

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

endpoint make(const std::string& host, const std::string& port) {
    endpoint where;
    const auto number = htons(static_cast<std::uint16_t>(std::stoi(port)));
    auto& v4 = reinterpret_cast<sockaddr_in&>(where.address);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(where.address);
    if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = number;
        where.size = sizeof v4;
    } else if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = number;
        where.size = sizeof v6;
    } else {
        errno = EINVAL;
        fail(host.c_str());
    }
    return where;
}

/// One message; empty at the end of the association.
std::string receive(association* s) {
    std::string message;
    std::vector<char> part(1 << 16);
    for (;;) {
        int flags = 0;
        socklen_t from = 0;
        socklen_t info = 0;
        unsigned type = 0;
        const ssize_t n = usrsctp_recvv(s, part.data(), part.size(), nullptr, &from, nullptr, &info,
                                        &type, &flags);
        if (n <= 0) return "";
        message.append(part.data(), static_cast<std::size_t>(n));
        if ((flags & MSG_EOR) != 0) return message;
    }
}

bool send(association* s, const std::string& message) {
    return usrsctp_sendv(s, message.data(), message.size(), nullptr, 0, nullptr, 0,
                         SCTP_SENDV_NOINFO, 0)
           >= 0;
}

association* open(int family) {
    association* const s =
        usrsctp_socket(family, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
    if (s == nullptr) fail("usrsctp_socket");
    return s;
}

void converse(association* s, const std::string& name) {
    for (std::string message = receive(s); !message.empty(); message = receive(s))
        send(s, name + ":" + std::to_string(message.size()));
    usrsctp_close(s);
}

association* listening(endpoint where) {
    association* const s = open(where.family());
    if (usrsctp_bind(s, where.raw(), where.size) != 0) fail("bind");
    if (usrsctp_listen(s, 128) != 0) fail("listen");
    return s;
}

void serve(association* s, const std::string& name) {
    while (association* const one = usrsctp_accept(s, nullptr, nullptr))
        std::thread(converse, one, name).detach();
    fail("accept");
}

void ask(association* s, std::size_t size) {
    if (!send(s, std::string(size, 'x'))) fail("send");
    const std::string answer = receive(s);
    std::puts(answer.empty() ? "-" : answer.c_str());
    std::fflush(stdout);
}

void wait_for_end_of_input() {
    char c = 0;
    while (read(STDIN_FILENO, &c, 1) > 0) {
    }
}

} // namespace

int main(int count, char** values) {
    const std::vector<std::string> given(values + 1, values + count);
    if (given.size() < 3) return 2;
    usrsctp_init(0, nullptr, nullptr);
    usrsctp_sysctl_set_sctp_no_csum_on_loopback(0);
    usrsctp_sysctl_set_sctp_blackhole(2);
    if (given[0] == "serve") {
        std::vector<std::thread> addresses;
        for (std::size_t i = 3; i < given.size(); ++i)
            addresses.emplace_back(serve, listening(make(given[i], given[1])), given[2]);
        std::puts("ready");
        std::fflush(stdout);
        for (std::thread& address : addresses)
            address.join();
        return 1;
    }

    endpoint peer = make(given[1], given[2]);
    association* const s = open(peer.family());
    if (given[0] == "abort") {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        usrsctp_setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    const int on = 1;
    if (peer.family() == AF_INET6) usrsctp_setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (usrsctp_connect(s, peer.raw(), peer.size) != 0) fail("connect");
    for (std::size_t i = 3; i < given.size(); ++i)
        ask(s, std::stoul(given[i]));
    if (given[0] != "ask") {
        ask(s, 1);
        wait_for_end_of_input();
    }
    if (given[0] != "abort") {
        usrsctp_shutdown(s, SHUT_WR);
        receive(s); // the end
    }
    usrsctp_close(s);
    while (usrsctp_finish() != 0)
        usleep(1000);
    return 0;
}
