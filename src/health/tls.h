#pragma once

// TLS for checks, by OpenSSL over memory: bytes go in and come out, the stream probe keeps the
// socket, and nothing blocks. A check makes its context (certificates, options) once; a session
// belongs to one connection. Control core.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace weir::health {

class tls_context {
public:
    /// `verify`: the server's certificate must be valid; `ca`: signed by the authorities in this
    /// file instead of the system's. Throws std::runtime_error.
    tls_context(bool verify, const std::string& ca);

    SSL_CTX* get() const { return context_.get(); }
    bool verifies() const { return verify_; }

private:
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    bool verify_;
};

class tls_session {
public:
    /// `name`: the expected name of the server, a host name or, if it has none, an address.
    tls_session(const tls_context& context, const std::string& name);

    void received(std::string_view encrypted);
    /// The bytes to send, and no more.
    std::string take_output();

    /// Continues the handshake: done, not yet, or failed (error()).
    enum class state : unsigned char { shaking, open, failed };
    state shake();
    void write(std::string_view plain);
    /// Plain bytes that have come: none = none yet; "" = the end.
    std::optional<std::string> read();
    /// Writes the closing alert; take_output() returns it.
    void close();
    std::string error() const;

private:
    std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
    std::string error_;
};

} // namespace weir::health
