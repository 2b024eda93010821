#include "health/verdict.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace weir::health {

std::string shown(std::string_view text) {
    constexpr std::size_t enough = 80;
    std::string result(text.substr(0, enough));
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return result;
}

verdict of_errno(int error, const char* while_doing) {
    std::string text = std::strerror(error);
    if (!text.empty())
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
    case EADDRINUSE:
    case EACCES:
    case EPERM:
    case EAGAIN: // no port left, or no process
        return {outcome::local, fmt::format("not checked: cannot {}: {}", while_doing, text)};
    default:
        return bad(std::move(text));
    }
}

} // namespace weir::health
