#include "config/check_values.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <regex.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/problem.h"
#include "config/program_safety.h"
#include "config/values.h"

namespace weir::config {

namespace {

bool printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

std::string token(std::string_view text, const char* example) {
    if (!printable(text))
        throw bad_value(fmt::format("{} has spaces or other odd bytes: write it as {}",
                                    in_quotes(text), example));
    return std::string(text);
}

std::string bytes(std::string_view text) {
    constexpr std::size_t most = 1024;
    std::string result;
    const auto hex_byte = [&](std::size_t at) {
        const int high = at + 1 < text.size() ? hex_digit(text[at]) : -1;
        const int low = at + 1 < text.size() ? hex_digit(text[at + 1]) : -1;
        if (high < 0 || low < 0)
            throw bad_value(
                fmt::format("{} has a byte that is not two hex digits, as 0a", in_quotes(text)));
        result += static_cast<char>(high * 16 + low);
    };
    if (text.starts_with("hex:")) {
        for (std::size_t i = 4; i < text.size(); i += 2)
            hex_byte(i);
    } else {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\\') {
                result += text[i];
                continue;
            }
            const char next = i + 1 < text.size() ? text[++i] : '\0';
            constexpr std::string_view names = "rnt\\", values = "\r\n\t\\";
            if (next == 'x') {
                hex_byte(i + 1);
                i += 2;
            } else if (const auto at = names.find(next); at != std::string_view::npos) {
                result += values[at];
            } else {
                throw bad_value(fmt::format("{} has a backslash before neither r, n, t, \\ nor xHH",
                                            in_quotes(text)));
            }
        }
    }
    if (result.empty() || result.size() > most)
        throw bad_value(fmt::format("{} is not 1 to {} bytes long", in_quotes(text), most));
    return result;
}

std::vector<std::pair<unsigned, unsigned>> status_list(std::string_view text) {
    std::vector<std::pair<unsigned, unsigned>> result;
    for (std::size_t start = 0, comma = 0; comma != std::string_view::npos; start = comma + 1) {
        comma = text.find(',', start);
        const std::string_view item = text.substr(start, comma - start);
        const std::size_t dash = item.find('-');
        const std::uint64_t first = number(item.substr(0, dash), 100, 599);
        const std::uint64_t last =
            dash == std::string_view::npos ? first : number(item.substr(dash + 1), first, 599);
        result.emplace_back(first, last);
    }
    return result;
}

std::string regular_expression(std::string_view text) {
    const std::string pattern(text);
    for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
        if (pattern[i] != '\\') continue;
        ++i;
        if (pattern[i] >= '1' && pattern[i] <= '9')
            throw bad_value(fmt::format("{} refers back to a part of the match, which may take "
                                        "forever: spell it out",
                                        in_quotes(text)));
    }
    regex_t compiled;
    const int wrong = regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
    if (wrong != 0) {
        std::array<char, 128> why{};
        regerror(wrong, &compiled, why.data(), why.size());
        throw bad_value(fmt::format("{} is not a POSIX extended regular expression: {}",
                                    in_quotes(text), why.data()));
    }
    regfree(&compiled);
    // The C library accepts a superfluous `)` as literal, unless the expression is part of a larger
    // one.
    if (regcomp(&compiled, ('(' + pattern).c_str(), REG_EXTENDED | REG_NOSUB) == 0) {
        regfree(&compiled);
        throw bad_value(fmt::format("{} has a `)` that closes nothing: `\\)` is one of the text",
                                    in_quotes(text)));
    }
    return pattern;
}

std::string domain_name(std::string_view text) {
    constexpr std::size_t most = 253, most_label = 63;
    std::string name(text);
    if (name == ".") return name;
    if (name.ends_with('.')) name.pop_back();
    bool good = !name.empty() && name.size() <= most && printable(name);
    for (std::size_t start = 0, dot = 0; good && dot != std::string::npos; start = dot + 1) {
        dot = name.find('.', start);
        const std::size_t length = std::min(dot, name.size()) - start;
        good = length > 0 && length <= most_label;
    }
    if (!good)
        throw bad_value(
            fmt::format("{} is not a domain name, as www.example.com", in_quotes(text)));
    return name;
}

std::vector<std::string> program(std::string_view text) {
    std::vector<std::string> argv = quoted_words(text);
    if (argv.empty() || !argv.front().starts_with('/'))
        throw bad_value(fmt::format("{} does not begin with a program's absolute path, as "
                                    "\"/usr/local/bin/check-web --fast\"",
                                    in_quotes(text)));
    struct stat file {};
    if (stat(argv.front().c_str(), &file) != 0)
        throw bad_value(fmt::format("{}: {}", in_quotes(argv.front()), std::strerror(errno)));
    if (!S_ISREG(file.st_mode) || access(argv.front().c_str(), X_OK) != 0)
        throw bad_value(
            fmt::format("{} is not an executable file: chmod +x it", in_quotes(argv.front())));
    if (const std::string part = changeable_part(argv.front()); !part.empty())
        throw bad_value(fmt::format("{}: {}, and whoever can change it runs as weir does: it must "
                                    "be root's, and writable by root alone",
                                    in_quotes(argv.front()), part));
    return argv;
}

std::string readable_file(std::string_view text) {
    const std::string path(text);
    if (!path.starts_with('/') || !std::ifstream(path))
        throw bad_value(
            fmt::format("{} is not the absolute path of a file one can read", in_quotes(text)));
    return path;
}

unsigned percent(std::string_view text, std::uint64_t most) {
    if (text.ends_with('%')) text.remove_suffix(1);
    return static_cast<unsigned>(number(text, 0, most));
}

} // namespace weir::config
