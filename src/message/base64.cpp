#include "message/base64.h"

#include <algorithm>
#include <cstdint>

namespace weir::message {

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string to_base64(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t word = 0;
        for (std::size_t n = 0; n < 3; ++n)
            word = word << 8 | (n < count ? std::to_integer<std::uint32_t>(bytes[i + n]) : 0);
        for (std::size_t n = 0; n < 4; ++n)
            text += n <= count ? letters[word >> (18 - 6 * n) & 63] : '=';
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool is_last = i + 4 == text.size();
        std::size_t count = 3;
        if (is_last && text[i + 3] == '=') count = text[i + 2] == '=' ? 1 : 2;
        std::uint32_t word = 0;
        for (std::size_t n = 0; n < 4; ++n) {
            const std::size_t value = n <= count ? letters.find(text[i + n]) : 0;
            if (value == letters.npos) return std::nullopt;
            word = word << 6 | static_cast<std::uint32_t>(value);
        }
        for (std::size_t n = 0; n < count; ++n)
            bytes += static_cast<char>(word >> (16 - 8 * n) & 255);
    }
    return bytes;
}

} // namespace weir::message
