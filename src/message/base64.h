#pragma once

// Bytes in a line of JSON: base64 (RFC 4648 section 4). Pure: any thread.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::message {

std::string to_base64(std::span<const std::byte> bytes);
/// Nothing if the text is not base64. Padding is a must.
std::optional<std::string> from_base64(std::string_view text);

} // namespace weir::message
