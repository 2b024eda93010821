#include "config/check.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <regex.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/bounds.h"
#include "config/problem.h"
#include "config/values.h"

namespace weir::config {

namespace {

using ms = check::ms;

const std::vector<std::string> type_names{"tcp",  "http", "https",  "udp",  "dns",
                                          "icmp", "smtp", "script", "agent"};

bool printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// A word of a request line or header: it must contain nothing that ends the line early.
std::string token(std::string_view text, const char* example) {
    if (!printable(text))
        throw bad_value(fmt::format("{} has spaces or other odd bytes: write it as {}",
                                    in_quotes(text), example));
    return std::string(text);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// `hex:0a0b`, or text with \r \n \t \\ and \xHH.
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

/// The parameters of each type beyond those that all types take.
std::vector<pair_reader> own_parameters(check& c) {
    const auto text = [](std::string& into, const char* example) {
        return [&into, example](std::string_view value) { into = token(value, example); };
    };
    switch (c.type) {
    case check_type::http:
    case check_type::https: {
        std::vector<pair_reader> all{
            {"method", text(c.method, "GET")},
            {"path",
             [&c](std::string_view value) {
                 c.path = token(value, "/healthy");
                 if (!c.path.starts_with('/'))
                     throw bad_value(fmt::format("{0} does not begin with `/`: write /{1}",
                                                 in_quotes(value), c.path));
             }},
            {"host", text(c.host, "www.example.com")},
            {"status", [&c](std::string_view value) { c.status = status_list(value); }},
            {"body", [&c](std::string_view value) { c.body = bytes(value); }},
            {"regex", [&c](std::string_view value) { c.regex = regular_expression(value); }}};
        if (c.type == check_type::https) {
            all.push_back({"sni", text(c.sni, "www.example.com")});
            all.push_back({"verify", [&c](std::string_view v) { c.verify = yes_or_no(v); }});
            all.push_back({"ca", [&c](std::string_view v) { c.ca = readable_file(v); }});
        }
        return all;
    }
    case check_type::udp:
        return {{"payload", [&c](std::string_view value) { c.payload = bytes(value); }},
                {"expect", [&c](std::string_view value) { c.expect = bytes(value); }}};
    case check_type::dns:
        return {{"name", [&c](std::string_view value) { c.name = domain_name(value); }},
                {"type",
                 [&c](std::string_view value) {
                     const std::vector<std::string> known{"A",   "AAAA", "CNAME", "MX", "NS",
                                                          "PTR", "SOA",  "SRV",   "TXT"};
                     c.query = known[one_of(std::string(value), known)];
                 }},
                {"expect", [&c](std::string_view value) {
                     c.expect = to_string(address(std::string(value)));
                 }}};
    case check_type::smtp:
        return {{"helo", text(c.host, "lb1.example.com")}};
    case check_type::script:
        return {{"run", [&c](std::string_view value) { c.run = program(value); }},
                {"weight", [&c](std::string_view value) { c.weight = yes_or_no(value); }}};
    case check_type::agent:
        return {{"send", [&c](std::string_view value) { c.payload = bytes(value); }},
                {"smoothing", [&c](std::string_view value) { c.smoothing = percent(value, 99); }},
                {"floor", [&c](std::string_view value) { c.floor = percent(value, 100); }},
                {"silent", [&c](std::string_view value) {
                     c.silent = static_cast<silence>(
                         one_of(std::string(value), {"keep", "forget", "down"}));
                 }}};
    default:
        return {};
    }
}

/// Only checks that connect from here can go to the VIP.
bool may_go_to_vip(check_type type) {
    return type != check_type::icmp && type != check_type::script && type != check_type::agent;
}

void whole(const check& c) {
    if (c.timeout > c.interval)
        throw bad_value(fmt::format("timeout={0}ms is longer than interval={1}ms: give at most "
                                    "timeout={1}ms, or a longer interval",
                                    c.timeout.count(), c.interval.count()));
    if (c.type == check_type::script && c.run.empty())
        throw bad_value("a script check needs run=\"/PATH ARGUMENTS\"");
    if (c.type == check_type::agent && c.port == 0)
        throw bad_value("an agent check needs the agent's port: give port=N");
    if (c.type == check_type::udp && c.payload.empty())
        throw bad_value("a udp check needs something to send: give payload=TEXT or hex:DIGITS");
    if (!c.ca.empty() && !c.verify)
        throw bad_value("ca= has no meaning without verify=yes: give it too");
    const bool body = !c.body.empty() || !c.regex.empty();
    if (body && c.method == "HEAD")
        throw bad_value("an answer to HEAD has no body to look into: use method=GET");
    if (c.type == check_type::dns && !c.expect.empty() && c.query != "A" && c.query != "AAAA")
        throw bad_value("expect= is an address: it needs type=A or type=AAAA");
}

} // namespace

std::string to_string(check_type type) {
    return type_names[static_cast<std::size_t>(type)];
}

check read_check(const std::string& value) {
    auto parts = quoted_words(value);
    check c;
    if (parts.empty()) throw bad_value("name the type of check first, as `tcp`");
    c.type = static_cast<check_type>(one_of(parts.front(), type_names));
    parts.erase(parts.begin());
    bool timeout_given = false;
    std::vector<pair_reader> readers = own_parameters(c);
    readers.push_back({"interval", [&](std::string_view text) {
                           c.interval = milliseconds(text, shortest_interval, longest_interval);
                       }});
    readers.push_back({"timeout", [&](std::string_view text) {
                           c.timeout = milliseconds(text, 1, longest_interval);
                           timeout_given = true;
                       }});
    readers.push_back({"fall", [&](std::string_view text) {
                           c.fall = static_cast<unsigned>(number(text, 1, most_turns));
                       }});
    readers.push_back({"rise", [&](std::string_view text) {
                           c.rise = static_cast<unsigned>(number(text, 1, most_turns));
                       }});
    readers.push_back(
        {"first-state", [&](std::string_view text) {
             c.first = static_cast<first_state>(one_of(std::string(text), {"up", "down", "check"}));
         }});
    if (c.type != check_type::icmp)
        readers.push_back({"port", [&](std::string_view text) {
                               c.port = static_cast<std::uint16_t>(number(text, 1, 65535));
                           }});
    if (c.type != check_type::script)
        readers.push_back(
            {"from", [&](std::string_view text) { c.from = address(std::string(text)); }});
    if (may_go_to_vip(c.type))
        readers.push_back(
            {"to", [&](std::string_view text) {
                 c.to = static_cast<destination>(one_of(std::string(text), {"server", "vip"}));
             }});
    else if (std::any_of(parts.begin(), parts.end(),
                         [](const std::string& part) { return part.starts_with("to="); }))
        throw bad_value(fmt::format("{} checks never go to the VIP: leave to= out, or use check = "
                                    "tcp, http, https, udp, dns or smtp",
                                    to_string(c.type)));
    read_pairs(parts, readers, fmt::format("parameter of {} checks", to_string(c.type)));
    if (!timeout_given) c.timeout = std::min(c.timeout, c.interval);
    whole(c);
    return c;
}

} // namespace weir::config
