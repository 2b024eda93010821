#include "port/claim.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace weir::port {

interface_claim::interface_claim(const std::string& interface)
    : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string text = "weir/port/" + interface;
    std::memcpy(name.sun_path + 1, text.data(), text.size()); // a first zero: abstract
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
    if (fd_ >= 0 && bind(fd_, reinterpret_cast<const sockaddr*>(&name), length) == 0) return;
    const int error = errno;
    if (fd_ >= 0) close(fd_);
    throw std::runtime_error(
        error == EADDRINUSE
            ? fmt::format("{}: another weir has this interface: give each its own", interface)
            : fmt::format("{}: cannot be claimed: {}", interface, std::strerror(error)));
}

interface_claim::~interface_claim() {
    close(fd_);
}

} // namespace weir::port
