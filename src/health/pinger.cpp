#include "health/pinger.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include <linux/icmp.h> // after <netinet/in.h>, whose structures it would replace

#include "health/probe.h"
#include "health/socket.h"
#include "net/checksum.h"
#include "net/headers.h"

namespace weir::health {

namespace {

struct echo {
    std::uint8_t type;
    std::uint8_t code = 0;
    be16 checksum{}; ///< the kernel computes IPv6's
    std::uint32_t sequence = 0;
    pinger::token token;
};
static_assert(sizeof(echo) == 16);

constexpr unsigned replies_in_a_turn = 256;

class ping_probe final : public probe {
public:
    ping_probe(const prepared_check& check, const probe_target& target, pinger& pings,
               probe_owner& owner)
        : check_(check.wanted), target_(target), pings_(pings), owner_(owner) {}
    ~ping_probe() override {
        if (sent_ != 0) pings_.forget(sent_);
    }

    std::optional<verdict> begin() override {
        return pings_.send(target_.address, check_.from, sent_, [this] {
            sent_ = 0;
            owner_.finished(good("echo reply"));
        });
    }
    verdict late() const override { return bad("timeout while waiting for the echo reply"); }

private:
    const config::check& check_;
    const probe_target& target_;
    pinger& pings_;
    probe_owner& owner_;
    pinger::token sent_ = 0;
};

} // namespace

pinger::~pinger() {
    for (const int fd : {v4_, v6_}) {
        if (fd < 0) continue;
        loop_.remove(fd);
        close(fd);
    }
}

int pinger::socket_for(const ip_address& address) {
    const bool v4 = address.is_v4();
    int& fd = v4 ? v4_ : v6_;
    if (fd >= 0) return fd;
    const int protocol = v4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
    const int made =
        socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (made < 0) return made;
    if (v4) {
        icmp_filter filter{};
        filter.data = ~(1U << icmpv4_echo_reply);
        setsockopt(made, SOL_RAW, ICMP_FILTER, &filter, sizeof filter);
    } else {
        icmp6_filter filter;
        ICMP6_FILTER_SETBLOCKALL(&filter);
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
        setsockopt(made, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
    }
    const int room = 1 << 20;
    setsockopt(made, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    const int error =
        loop_.add(made, EPOLLIN, [this, made, v4](std::uint32_t) { receive(made, v4); });
    if (error != 0) {
        close(made);
        errno = error;
        return -1;
    }
    return fd = made;
}

std::optional<verdict> pinger::send(const ip_address& to, const std::optional<ip_address>& from,
                                    token& sent, std::function<void()> answered) {
    const int fd = socket_for(to);
    if (fd < 0) return unable(errno, "open a raw socket");
    const bool v4 = to.is_v4();
    echo request{};
    request.type = v4 ? std::uint8_t{icmpv4_echo} : std::uint8_t{icmpv6_echo};
    if (getrandom(&request.token, sizeof request.token, GRND_NONBLOCK) != sizeof request.token)
        return verdict{outcome::local, "not checked: no random number"};
    request.token |= 1; // never 0
    if (v4) request.checksum = checksum_finish(checksum_add(std::as_bytes(std::span(&request, 1))));

    socket_address destination(to, 0);
    iovec bytes{&request, sizeof request};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
    msghdr message{};
    message.msg_name = &destination.storage;
    message.msg_namelen = destination.length;
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (from) {
        message.msg_control = control.data();
        message.msg_controllen = v4 ? CMSG_SPACE(sizeof(in_pktinfo)) : control.size();
        cmsghdr* const head = CMSG_FIRSTHDR(&message);
        if (v4) {
            in_pktinfo info{};
            info.ipi_spec_dst.s_addr = from->as_v4().raw;
            head->cmsg_level = IPPROTO_IP;
            head->cmsg_type = IP_PKTINFO;
            head->cmsg_len = CMSG_LEN(sizeof info);
            std::memcpy(CMSG_DATA(head), &info, sizeof info);
        } else {
            in6_pktinfo info{};
            std::memcpy(&info.ipi6_addr, &*from, sizeof *from);
            head->cmsg_level = IPPROTO_IPV6;
            head->cmsg_type = IPV6_PKTINFO;
            head->cmsg_len = CMSG_LEN(sizeof info);
            std::memcpy(CMSG_DATA(head), &info, sizeof info);
        }
    }
    // The kernel returns EINVAL for a source address that is not this host's.
    if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
        return of_errno(from && errno == EINVAL ? EADDRNOTAVAIL : errno, "send");
    sent = request.token;
    waiting_[sent] = {to, std::move(answered)};
    return std::nullopt;
}

void pinger::receive(int fd, bool v4) {
    for (unsigned n = 0; n < replies_in_a_turn; ++n) {
        std::array<char, 2048> room;
        socket_address source;
        const ssize_t length =
            recvfrom(fd, room.data(), room.size(), 0, source.get(), &source.length);
        if (length < 0) return;
        take(source.address(), room.data(), static_cast<std::size_t>(length), v4);
    }
}

void pinger::take(const ip_address& from, const char* bytes, std::size_t length, bool v4) {
    if (v4) { // the IP header comes first
        if (length == 0) return;
        const std::size_t header = (static_cast<unsigned char>(bytes[0]) & 0xfU) * 4U;
        if (length < header) return;
        bytes += header;
        length -= header;
    }
    echo reply{};
    if (length < sizeof reply) return;
    std::memcpy(&reply, bytes, sizeof reply);
    const auto found = waiting_.find(reply.token);
    if (found == waiting_.end() || found->second.from != from) return;
    const auto answered = std::move(found->second.answered);
    waiting_.erase(found);
    answered();
}

std::unique_ptr<probe> make_ping_probe(const prepared_check& check, const probe_target& target,
                                       pinger& pings, probe_owner& owner) {
    return std::make_unique<ping_probe>(check, target, pings, owner);
}

} // namespace weir::health
