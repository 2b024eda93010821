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

namespace {

std::string words(int error) {
    std::string text = std::strerror(error);
    if (!text.empty())
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

const char* remedy(int error) {
    switch (error) {
    case EMFILE:
        return " (raise LimitNOFILE)";
    case ENFILE:
        return " (raise fs.file-max)";
    default:
        return "";
    }
}

} // namespace

verdict unable(int error, const char* to_do) {
    return {outcome::local,
            fmt::format("not checked: cannot {}: {}{}", to_do, words(error), remedy(error))};
}

verdict of_errno(int error, const char* while_doing) {
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
        return unable(error, while_doing);
    default:
        return bad(words(error));
    }
}

verdict of_network(int error) {
    return bad(error == EACCES ? "administratively prohibited" : words(error));
}

} // namespace weir::health
