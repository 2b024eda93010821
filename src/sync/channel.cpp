#include "sync/channel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <poll.h>
#include <unistd.h>

namespace weir::sync {

namespace {

constexpr std::array<unsigned char, 2> aes_128_gcm{0x13, 0x01};
constexpr const char* cipher = "TLS_AES_128_GCM_SHA256";
constexpr std::string_view identity = "weir sync 1";
constexpr std::size_t piece = 16384;     ///< of one TLS record
constexpr std::size_t most_in = 1 << 17; ///< bytes received and not yet read

/// The pair's key as a session to resume (SSL_CTX_set_psk_use_session_callback(3)).
SSL_SESSION* session_of(SSL* ssl) {
    const auto* const context =
        static_cast<const key_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    SSL_SESSION* const session = SSL_SESSION_new();
    if (session == nullptr) return nullptr;
    const SSL_CIPHER* const suite = SSL_CIPHER_find(ssl, aes_128_gcm.data());
    if (suite != nullptr
        && SSL_SESSION_set1_master_key(session, context->key().data(), context->key().size()) == 1
        && SSL_SESSION_set_cipher(session, suite) == 1
        && SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1
        && SSL_SESSION_set1_id_context(
               session, reinterpret_cast<const unsigned char*>(identity.data()), identity.size())
               == 1)
        return session;
    SSL_SESSION_free(session);
    return nullptr;
}

int offer_key(SSL* ssl, const EVP_MD*, const unsigned char** id, std::size_t* length,
              SSL_SESSION** session) {
    *session = session_of(ssl);
    *id = reinterpret_cast<const unsigned char*>(identity.data());
    *length = identity.size();
    return *session != nullptr ? 1 : 0;
}

int find_key(SSL* ssl, const unsigned char* id, std::size_t length, SSL_SESSION** session) {
    *session = nullptr; // another identity: no key, and so no connection
    if (std::string_view(reinterpret_cast<const char*>(id), length) == identity)
        *session = session_of(ssl);
    return 1;
}

std::string tls_reason() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* const text = ERR_reason_error_string(code);
    return text != nullptr ? text : "TLS failed";
}

} // namespace

key_context::key_context(const pair_key& key)
    : key_(key), context_(SSL_CTX_new(TLS_method()), SSL_CTX_free) {
    SSL_CTX* const c = context_.get();
    if (c == nullptr || SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) != 1
        || SSL_CTX_set_ciphersuites(c, cipher) != 1)
        throw std::runtime_error("TLS 1.3 is not available: " + tls_reason());
    SSL_CTX_set_app_data(c, this);
    SSL_CTX_set_psk_use_session_callback(c, offer_key);
    SSL_CTX_set_psk_find_session_callback(c, find_key);
    // Nothing but the key is trusted: no certificate is, and no ticket is given.
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_session_id_context(c, reinterpret_cast<const unsigned char*>(identity.data()),
                                   identity.size()); // a server that verifies needs one
    SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_num_tickets(c, 0);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                            | SSL_MODE_RELEASE_BUFFERS);
}

channel::channel(int fd, const key_context& context, role as)
    : fd_(fd), ssl_(SSL_new(context.get()), SSL_free), role_(as) {
    if (!ssl_ || SSL_set_fd(ssl_.get(), fd) != 1) {
        ::close(fd);
        throw std::bad_alloc();
    }
    if (as == role::connects)
        SSL_set_connect_state(ssl_.get());
    else
        SSL_set_accept_state(ssl_.get());
    events_ = as == role::connects ? POLLOUT : POLLIN;
}

channel::~channel() {
    if (state_ == state::open) SSL_shutdown(ssl_.get());
    ssl_.reset();
    ::close(fd_);
}

void channel::close(std::string why) {
    if (state_ == state::closed) return;
    if (state_ == state::open) SSL_shutdown(ssl_.get());
    state_ = state::closed;
    why_ = std::move(why);
    events_ = 0;
    out_.clear();
}

void channel::pump() {
    if (state_ == state::shaking) shake();
    if (state_ == state::open) receive();
    if (state_ == state::open) send();
    if (state_ == state::open)
        events_ =
            static_cast<short>((in_.size() < most_in ? POLLIN : 0) | (out_.empty() ? 0 : POLLOUT));
}

/// False: it is closed.
bool channel::wants(int result, const char* doing) {
    const int system = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        events_ = POLLIN;
        return true;
    case SSL_ERROR_WANT_WRITE:
        events_ = POLLOUT;
        return true;
    case SSL_ERROR_ZERO_RETURN:
        close("it has closed the connection");
        return false;
    case SSL_ERROR_SYSCALL:
        ERR_clear_error();
        close(system == 0 ? "it has closed the connection"
                          : std::string(doing) + ": " + std::strerror(system));
        return false;
    default:
        if (state_ == state::shaking)
            close("no handshake: " + tls_reason() + " (is the key the same on both?)");
        else
            close(std::string(doing) + ": " + tls_reason());
        return false;
    }
}

void channel::shake() {
    ERR_clear_error();
    errno = 0;
    const int done = SSL_do_handshake(ssl_.get());
    if (done != 1) {
        wants(done, role_ == role::connects ? "connecting" : "accepting");
        return;
    }
    // A handshake with anything but the key would have needed a certificate.
    if (SSL_session_reused(ssl_.get()) != 1) return close("it has not proved that it has the key");
    state_ = state::open;
}

void channel::send() {
    std::size_t at = 0;
    while (at < out_.size()) {
        ERR_clear_error();
        errno = 0;
        const std::size_t size = std::min(piece, out_.size() - at);
        const int sent = SSL_write(ssl_.get(), out_.data() + at, static_cast<int>(size));
        if (sent <= 0) {
            if (!wants(sent, "sending")) return;
            break;
        }
        at += static_cast<std::size_t>(sent);
        moved_ += static_cast<std::uint64_t>(sent);
    }
    out_.erase(out_.begin(), out_.begin() + static_cast<long>(at));
}

void channel::receive() {
    while (in_.size() < most_in) {
        ERR_clear_error();
        errno = 0;
        const std::size_t before = in_.size();
        in_.resize(before + piece);
        const int got = SSL_read(ssl_.get(), in_.data() + before, piece);
        in_.resize(before + static_cast<std::size_t>(std::max(got, 0)));
        if (got <= 0) {
            wants(got, "receiving");
            return;
        }
        moved_ += static_cast<std::uint64_t>(got);
    }
}

} // namespace weir::sync
