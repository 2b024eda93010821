// udp and dns checks: one datagram out, one back. The socket is connected, so that an ICMP error
// arrives as "connection refused" and only the server's own answers arrive.

#include <array>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/random.h>

#include "health/dns_message.h"
#include "health/probe.h"
#include "health/socket.h"

namespace weir::health {

namespace {

constexpr unsigned datagrams_in_a_turn = 16;

class datagram_probe final : public probe {
public:
    datagram_probe(const prepared_check& check, const probe_target& target,
                   const probe_means& means, probe_owner& owner)
        : check_(check.wanted), target_(target), owner_(owner), socket_(means.loop, means.detours) {
    }

    std::optional<verdict> begin() override {
        if (auto v = socket_.open(SOCK_DGRAM, check_.from, target_, EPOLLIN,
                                  [this](std::uint32_t) { ready(); }))
            return v;
        query_ = check_.payload;
        if (check_.type == config::check_type::dns) {
            std::uint16_t id = 0;
            if (getrandom(&id, sizeof id, GRND_NONBLOCK) != sizeof id)
                return verdict{outcome::local, "not checked: no random number"};
            query_ = dns_query(id, check_.name, check_.query);
        }
        if (send(socket_.fd(), query_.data(), query_.size(), MSG_NOSIGNAL) < 0)
            return of_errno(errno, "send");
        return std::nullopt;
    }

    verdict late() const override {
        const bool silence_is_good =
            check_.type == config::check_type::udp && check_.expect.empty();
        if (!silence_is_good) return bad("timeout while waiting for the answer");
        return socket_.missed_vip() ? bad("timeout before a packet could be sent")
                                    : good("no error");
    }

private:
    void ready() {
        for (unsigned n = 0; n < datagrams_in_a_turn; ++n) {
            std::array<char, 65536> room;
            const ssize_t length = recv(socket_.fd(), room.data(), room.size(), 0);
            const int error = length < 0 ? errno : 0;
            if (error == EAGAIN || error == EINTR) return;
            std::optional<verdict> v;
            if (error == 0 || error == ECONNREFUSED) v = socket_.missed_vip();
            if (!v)
                v = error != 0 ? of_network(error)
                               : judge({room.data(), static_cast<std::size_t>(length)});
            if (!v) continue;
            socket_.close();
            return owner_.finished(*std::move(v));
        }
    }

    std::optional<verdict> judge(std::string_view answer) const {
        if (check_.type == config::check_type::dns)
            return judge_dns_answer(query_, answer, check_.expect);
        return answer.starts_with(check_.expect) ? good("answered") : bad("an unexpected answer");
    }

    const config::check& check_;
    const probe_target& target_;
    probe_owner& owner_;
    probe_socket socket_;
    std::string query_;
};

} // namespace

std::unique_ptr<probe> make_datagram_probe(const prepared_check& check, const probe_target& target,
                                           const probe_means& means, probe_owner& owner) {
    return std::make_unique<datagram_probe>(check, target, means, owner);
}

} // namespace weir::health
