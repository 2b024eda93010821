#pragma once

// One encrypted connection to a peer: TLS 1.3 (RFC 8446) with the pair's key as an external
// pre-shared key and a fresh Diffie-Hellman exchange (section 2.2), over a TCP socket that never
// blocks. There are no certificates: whoever lacks the key gets no further than the handshake, and
// nothing it sends reaches a record's reader. What cannot be sent yet stays in a bounded buffer,
// and whoever fills it looks how full it is. The sync thread only.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "sync/records.h"

namespace weir::sync {

/// Of a pair: 32 secret bytes.
using pair_key = std::array<std::uint8_t, 32>;

/// What all connections with one key share.
class key_context {
public:
    /// Throws std::runtime_error.
    explicit key_context(const pair_key& key);
    key_context(const key_context&) = delete;
    key_context& operator=(const key_context&) = delete;

    SSL_CTX* get() const { return context_.get(); }
    const pair_key& key() const { return key_; }

private:
    pair_key key_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
};

class channel {
public:
    enum class role : bool { connects, accepts };
    enum class state : std::uint8_t { shaking, open, closed };

    /// Takes the socket. Throws std::bad_alloc.
    channel(int fd, const key_context& context, role as);
    ~channel();
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;

    /// Goes on with the handshake, sends what waits in out(), receives into in(). Never blocks.
    void pump();
    state now() const { return state_; }
    /// Why it is closed.
    const std::string& why() const { return why_; }
    void close(std::string why);

    int fd() const { return fd_; }
    /// What to wait for, as in poll(2).
    short events() const { return events_; }

    /// What is to be sent. Append to it.
    bytes& out() { return out_; }
    /// What was received. Take from its front with consume().
    const bytes& in() const { return in_; }
    void consume(std::size_t size) {
        in_.erase(in_.begin(), in_.begin() + static_cast<long>(size));
    }

    /// Bytes that left or came, to see whether it lives.
    std::uint64_t moved() const { return moved_; }

private:
    void shake();
    void send();
    void receive();
    bool wants(int result, const char* doing);

    const int fd_;
    std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
    const role role_;
    state state_ = state::shaking;
    short events_ = 0;
    std::string why_;
    bytes out_;
    bytes in_;
    std::uint64_t moved_ = 0;
};

} // namespace weir::sync
