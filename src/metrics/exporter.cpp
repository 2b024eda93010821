#include "metrics/exporter.h"

#include <cerrno>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/log.h"
#include "message/client.h"
#include "metrics/page.h"
#include "net/socket_address.h"

namespace weir::metrics {

namespace {

constexpr int niceness = 10; ///< the control core, which has the same CPU, goes first

/// A listening socket. Throws std::runtime_error.
int listen_at(const endpoint& where) {
    const socket_address address(where.address, where.port);
    const int fd = socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;
    const bool v4 = where.address.is_v4();
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        setsockopt(fd, v4 ? int{IPPROTO_IP} : int{IPPROTO_IPV6}, v4 ? IP_FREEBIND : IPV6_FREEBIND,
                   &yes, sizeof yes);
    }
    if (fd >= 0 && bind(fd, address.get(), address.length) == 0
        && ::listen(fd, exporter::most_connections) == 0)
        return fd;
    const int error = errno;
    if (fd >= 0) close(fd);
    throw std::runtime_error(fmt::format("metrics: cannot listen on {}: {}",
                                         to_string(where.address, where.port),
                                         std::strerror(error)));
}

MHD_Result answer(MHD_Connection* to, unsigned status, std::string_view text) {
    MHD_Response* const response = MHD_create_response_from_buffer(
        text.size(), const_cast<char*>(text.data()), MHD_RESPMEM_MUST_COPY);
    if (response == nullptr) return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            status == MHD_HTTP_OK ? "text/plain; version=0.0.4; charset=utf-8"
                                                  : "text/plain; charset=utf-8");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    const MHD_Result result = MHD_queue_response(to, status, response);
    MHD_destroy_response(response);
    return result;
}

} // namespace

/// What libmicrohttpd's thread works with.
class exporter::service {
public:
    service(const endpoint& where, std::string control_socket)
        : control_socket_(std::move(control_socket)) {
        const int listening = listen_at(where);
        daemon_ = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, nullptr,
                                   nullptr, &service::asked, this, MHD_OPTION_LISTEN_SOCKET,
                                   listening, MHD_OPTION_CONNECTION_LIMIT, most_connections,
                                   MHD_OPTION_CONNECTION_TIMEOUT, patience, MHD_OPTION_END);
        if (daemon_ != nullptr) return;
        close(listening);
        throw std::runtime_error(
            fmt::format("metrics: no server for {} starts", to_string(where.address, where.port)));
    }
    ~service() {
        {
            // Its thread may wait for the control core, and that is where we are.
            const std::lock_guard guard(lock_);
            ends_ = true;
            if (asking_ != nullptr) asking_->hang_up();
        }
        MHD_stop_daemon(daemon_);
    }
    service(const service&) = delete;
    service& operator=(const service&) = delete;

private:
    static MHD_Result asked(void* self, MHD_Connection* by, const char* path, const char* method,
                            const char*, const char*, std::size_t*, void**) {
        if (std::strcmp(method, MHD_HTTP_METHOD_GET) != 0
            && std::strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
            return answer(by, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
        if (std::strcmp(path, "/metrics") != 0)
            return answer(by, MHD_HTTP_NOT_FOUND, "weir's figures are at /metrics.\n");
        try {
            return answer(by, MHD_HTTP_OK, static_cast<service*>(self)->page());
        } catch (const std::exception& e) {
            log::once_a_minute(log::level::warning, "metrics", "metrics: no page: {}", e.what());
            return answer(by, MHD_HTTP_SERVICE_UNAVAILABLE, fmt::format("{}\n", e.what()));
        }
    }

    std::string page() {
        if (!std::exchange(thread_is_ready_, true)) {
            pthread_setname_np(pthread_self(), "weir-metrics");
            setpriority(PRIO_PROCESS, 0, niceness); // of this thread
        }
        message::client director(control_socket_);
        ask_by(&director);
        try {
            std::string all = whole_page(director);
            ask_by(nullptr);
            return all;
        } catch (...) {
            ask_by(nullptr);
            throw;
        }
    }
    void ask_by(message::client* director) {
        const std::lock_guard guard(lock_);
        asking_ = director;
        if (ends_ && director != nullptr) director->hang_up();
    }

    std::string control_socket_;
    std::mutex lock_; ///< of the next two
    message::client* asking_ = nullptr;
    bool ends_ = false;
    bool thread_is_ready_ = false; ///< its own matter
    MHD_Daemon* daemon_ = nullptr;
};

exporter::exporter(const endpoint& where, std::string control_socket)
    : where_(where), service_(std::make_unique<service>(where, std::move(control_socket))) {}

exporter::~exporter() = default;

} // namespace weir::metrics
