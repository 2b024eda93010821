// tcp, http, https, smtp and agent checks: a connection, TLS if configured, a dialog. It reads
// everything the server has sent before it closes, so that it closes by FIN and not by reset.

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <sys/epoll.h>

#include "health/dialog.h"
#include "health/probe.h"
#include "health/socket.h"
#include "health/tls.h"

namespace weir::health {

namespace {

constexpr unsigned pieces_in_a_turn = 4; // of 16 KiB each: other checks wait meanwhile

class stream_probe final : public probe {
public:
    stream_probe(const prepared_check& check, const probe_target& target, const probe_means& means,
                 probe_owner& owner)
        : check_(check), target_(target), owner_(owner), socket_(means.loop, means.detours) {}

    std::optional<verdict> begin() override {
        return socket_.open(SOCK_STREAM, check_.wanted.from, target_, EPOLLOUT,
                            [this](std::uint32_t) { ready(); });
    }

    verdict late() const override {
        return bad(fmt::format("timeout while {}{}",
                               phase_ == phase::connecting ? "connecting"
                               : phase_ == phase::shaking  ? "in the TLS handshake"
                                                           : "waiting for ",
                               phase_ == phase::talking ? dialog_->awaited() : ""));
    }

private:
    enum class phase : unsigned char { connecting, shaking, talking };

    void ready() {
        std::optional<verdict> v;
        if (phase_ == phase::connecting) v = connected();
        if (!v) v = receive();
        if (!v) v = send();
        if (!v) return;
        close();
        owner_.finished(*std::move(v));
    }

    std::optional<verdict> connected() {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &error, &length);
        if (error == 0 || error == ECONNREFUSED)
            if (auto v = socket_.missed_vip()) return v;
        if (error != 0) return of_network(error);
        dialog_ = make_dialog(check_, target_.asked(), target_.port);
        if (!dialog_) return good("connected");
        if (check_.tls) {
            const config::check& c = check_.wanted;
            tls_.emplace(*check_.tls, !c.sni.empty()    ? c.sni
                                      : !c.host.empty() ? name_of(c.host)
                                                        : to_string(target_.asked()));
            phase_ = phase::shaking;
            return shake();
        }
        phase_ = phase::talking;
        output_ = dialog_->opening();
        return std::nullopt;
    }

    /// The name in a Host header, without port and brackets.
    static std::string name_of(const std::string& host) {
        if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
        const std::size_t colon = host.find(':');
        return colon != std::string::npos && host.find(':', colon + 1) == std::string::npos
                   ? host.substr(0, colon)
                   : host;
    }

    std::optional<verdict> shake() {
        const auto state = tls_->shake();
        if (state == tls_session::state::failed) return bad(tls_->error());
        if (state == tls_session::state::open) {
            phase_ = phase::talking;
            tls_->write(dialog_->opening());
        }
        output_ += tls_->take_output();
        return std::nullopt;
    }

    std::optional<verdict> receive() {
        for (unsigned n = 0; n < pieces_in_a_turn; ++n) {
            std::array<char, 16384> room;
            const ssize_t length = recv(socket_.fd(), room.data(), room.size(), 0);
            if (length < 0) {
                if (errno == EAGAIN || errno == EINTR) return std::nullopt;
                return of_network(errno);
            }
            if (length == 0)
                return phase_ == phase::shaking ? bad("closed in the TLS handshake")
                                                : dialog_->closed();
            if (auto v = take({room.data(), static_cast<std::size_t>(length)})) return v;
        }
        return std::nullopt;
    }

    std::optional<verdict> take(std::string_view bytes) {
        if (!tls_) return dialog_->take(bytes, output_);
        tls_->received(bytes);
        if (phase_ == phase::shaking)
            if (auto v = shake()) return v;
        if (phase_ != phase::talking) return std::nullopt;
        std::string reply;
        while (const auto plain = tls_->read()) {
            auto v = plain->empty() ? dialog_->closed() : dialog_->take(*plain, reply);
            if (!reply.empty()) tls_->write(std::exchange(reply, {}));
            if (v) return v;
        }
        output_ += tls_->take_output();
        return std::nullopt;
    }

    std::optional<verdict> send() {
        while (!output_.empty()) {
            const ssize_t length =
                ::send(socket_.fd(), output_.data(), output_.size(), MSG_NOSIGNAL);
            if (length < 0 && errno != EAGAIN && errno != EINTR) return of_errno(errno, "send");
            if (length < 0) break;
            output_.erase(0, static_cast<std::size_t>(length));
        }
        socket_.wait_for(output_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
        return std::nullopt;
    }

    void close() {
        if (phase_ != phase::connecting) {
            if (tls_) {
                tls_->close();
                output_ += tls_->take_output();
            }
            if (!output_.empty())
                ::send(socket_.fd(), output_.data(), output_.size(), MSG_NOSIGNAL);
            std::array<char, 16384> room;
            for (unsigned n = 0; n < pieces_in_a_turn; ++n)
                if (recv(socket_.fd(), room.data(), room.size(), 0) <= 0) break;
        }
        socket_.close();
    }

    const prepared_check& check_;
    const probe_target& target_;
    probe_owner& owner_;
    probe_socket socket_;
    phase phase_ = phase::connecting;
    std::unique_ptr<dialog> dialog_;
    std::optional<tls_session> tls_;
    std::string output_;
};

} // namespace

std::unique_ptr<probe> make_stream_probe(const prepared_check& check, const probe_target& target,
                                         const probe_means& means, probe_owner& owner) {
    return std::make_unique<stream_probe>(check, target, means, owner);
}

} // namespace weir::health
