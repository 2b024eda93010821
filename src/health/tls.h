#pragma once

// TLS for checks, by OpenSSL over memory: bytes go in and come out, sockets stay with the stream
// probe, and nothing blocks. The context (certificates, options) is made once for a check; a
// session belongs to one connection. Control core.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace weir::health {

class tls_context {
public:
    /// `verify`: the server's certificate must be good; `ca`: by the authorities in this file
    /// rather than the system's. Throws std::runtime_error.
    tls_context(bool verify, const std::string& ca);

    SSL_CTX* get() const { return context_.get(); }
    bool verifies() const { return verify_; }

private:
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    bool verify_;
};

class tls_session {
public:
    /// `name`: what the server is asked to be, a host name or, when it has none, an address.
    tls_session(const tls_context& context, const std::string& name);

    void received(std::string_view encrypted);
    /// What is to be sent, and no more.
    std::string take_output();

    /// Goes on with the handshake: done, not yet, or failed (error()).
    enum class state : unsigned char { shaking, open, failed };
    state shake();
    void write(std::string_view plain);
    /// Plain bytes that have come: nothing = none yet; "" = the end.
    std::optional<std::string> read();
    /// Says goodbye; take_output() has it.
    void close();
    std::string error() const;

private:
    std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
    std::string error_;
};

} // namespace weir::health
