#pragma once

// The values of a check's parameters, from their text. Each throws bad_value with what would be
// right. Control core; program() and readable_file() look at the file system.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::config {

/// A word of a request line or header: it must contain nothing that ends the line early.
std::string token(std::string_view text, const char* example);

/// `hex:0a0b`, or text with \r \n \t \\ and \xHH; 1 to 1024 bytes.
std::string bytes(std::string_view text);

/// Of HTTP: `200-399,404`, both ends included.
std::vector<std::pair<unsigned, unsigned>> status_list(std::string_view text);

/// POSIX extended, without references back, which may take forever.
std::string regular_expression(std::string_view text);

/// As RFC 1035 section 2.3.4 limits it; without the dot at its end, unless it is the root.
std::string domain_name(std::string_view text);

/// A command line whose first word is the absolute path of an executable file.
std::vector<std::string> program(std::string_view text);

/// The absolute path of a file that can be read.
std::string readable_file(std::string_view text);

/// 0 to `most`, with or without a percent sign.
unsigned percent(std::string_view text, std::uint64_t most);

} // namespace weir::config
