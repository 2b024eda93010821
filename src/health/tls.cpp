#include "health/tls.h"

#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "health/verdict.h"
#include "net/types.h"

namespace weir::health {

namespace {

std::string reason() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* const text = ERR_reason_error_string(code);
    return text != nullptr ? shown(text) : "TLS failed";
}

} // namespace

tls_context::tls_context(bool verify, const std::string& ca)
    : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), verify_(verify) {
    if (!context_) throw std::runtime_error("no memory for TLS");
    SSL_CTX_set_min_proto_version(get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(get(), SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (!verify) return;
    SSL_CTX_set_verify(get(), SSL_VERIFY_PEER, nullptr);
    const int found = ca.empty() ? SSL_CTX_set_default_verify_paths(get())
                                 : SSL_CTX_load_verify_file(get(), ca.c_str());
    if (found != 1)
        throw std::runtime_error(fmt::format("no certificates in {}: {}",
                                             ca.empty() ? "the system's store" : ca, reason()));
}

tls_session::tls_session(const tls_context& context, const std::string& name)
    : ssl_(SSL_new(context.get()), SSL_free) {
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    if (!ssl_ || in == nullptr || out == nullptr) throw std::bad_alloc();
    SSL_set_bio(ssl_.get(), in, out);
    SSL_set_connect_state(ssl_.get());
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl_.get());
    if (parse_address(name)) { // addresses are not sent (RFC 6066 section 3)
        if (context.verifies()) X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str());
    } else {
        SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
        if (context.verifies()) X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
    }
}

void tls_session::received(std::string_view encrypted) {
    BIO_write(SSL_get_rbio(ssl_.get()), encrypted.data(), static_cast<int>(encrypted.size()));
}

std::string tls_session::take_output() {
    BIO* const out = SSL_get_wbio(ssl_.get());
    std::string bytes(BIO_ctrl_pending(out), '\0');
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

tls_session::state tls_session::shake() {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) return state::open;
    const int why = SSL_get_error(ssl_.get(), done);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return state::shaking;
    const long certificate = SSL_get_verify_result(ssl_.get());
    error_ = certificate == X509_V_OK || SSL_get_verify_mode(ssl_.get()) == SSL_VERIFY_NONE
                 ? reason()
                 : fmt::format("certificate: {}", X509_verify_cert_error_string(certificate));
    ERR_clear_error();
    return state::failed;
}

void tls_session::write(std::string_view plain) {
    SSL_write(ssl_.get(), plain.data(),
              static_cast<int>(plain.size())); // memory always accepts everything
}

std::optional<std::string> tls_session::read() {
    std::array<char, 16384> room; // one record
    ERR_clear_error();
    const int length = SSL_read(ssl_.get(), room.data(), room.size());
    if (length > 0) return std::string(room.data(), static_cast<std::size_t>(length));
    const int why = SSL_get_error(ssl_.get(), length);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return std::nullopt;
    ERR_clear_error();
    return std::string();
}

void tls_session::close() {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

std::string tls_session::error() const {
    return error_;
}

} // namespace weir::health
