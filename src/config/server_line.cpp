// The line of a real server: its address, its properties, and behind them its own checks.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/problem.h"
#include "config/shared_parts.h"
#include "config/values.h"

namespace weir::config {

namespace {

void set_server_address(server& s, const std::string& text) {
    if (const auto bare = parse_address(text)) {
        s.address = *bare;
    } else {
        const auto with_port = parse_endpoint(text);
        if (!with_port || with_port->port == 0 || text.find('/') != std::string::npos)
            throw bad_value(fmt::format("{} is not ADDRESS[:PORT], as 192.0.2.11, 192.0.2.11:8080 "
                                        "or [2001:db8::11]:8080",
                                        in_quotes(text)));
        s.address = with_port->address;
        s.port = with_port->port;
    }
    if (!is_host(s.address))
        throw bad_value(fmt::format("{} is not an address a host can have: give a unicast address",
                                    in_quotes(to_string(s.address))));
}

/// What an operator calls a server.
std::string server_word(std::string_view text) {
    constexpr std::size_t longest = 63;
    constexpr std::string_view marks = "_.-";
    if (parse_address(text))
        throw bad_value(fmt::format("{} is an address, which a name must not look like: give a "
                                    "word, as web1",
                                    in_quotes(text)));
    const bool good = std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || marks.find(c) != std::string_view::npos;
    });
    if (text.empty() || text.size() > longest || !good)
        throw bad_value(fmt::format("{} is not a name: give 1 to {} letters, digits, `_`, `.` "
                                    "or `-`, as web1",
                                    in_quotes(text), longest));
    return std::string(text);
}

constexpr std::string_view check_mark = "check=";

bool begins_a_check(const std::string& word) {
    return word.starts_with(check_mark);
}

/// A property of the server behind check= would be read as a parameter of the check.
void refuse_late_properties(const std::vector<std::string>& words) {
    const std::string& type = words.front();
    for (const std::string& word : words)
        for (const auto& [property, of] :
             {std::pair{"weight=", "script"}, {"name=", "dns"}, {"upper=", ""}, {"lower=", ""}})
            if (word.starts_with(property) && type != of)
                throw bad_value(fmt::format("{} belongs to the server: write it before check=, "
                                            "behind which all belongs to the check",
                                            in_quotes(word)));
}

/// Takes the server's own checks from the end of its words.
std::optional<std::vector<check>> take_checks(std::vector<std::string>& parts,
                                              const shared_parts& shared) {
    auto begin = std::ranges::find_if(parts, begins_a_check);
    if (begin == parts.end()) return std::nullopt;
    std::vector<check> all;
    const bool alone = std::count_if(begin, parts.end(), begins_a_check) == 1;
    for (auto at = begin; at != parts.end();) {
        const auto next = std::find_if(at + 1, parts.end(), begins_a_check);
        std::vector<std::string> words(at, next);
        words.front().erase(0, check_mark.size());
        if (words.front().empty())
            throw bad_value("`check` has no value: write `check=TYPE` or `check=none`");
        if (words.front() == "none" && !alone)
            throw bad_value("check=none stands alone: leave it or the others out");
        if (!shared.checks.contains(words.front())) refuse_late_properties(words);
        std::ranges::move(read_checks(std::move(words), shared), std::back_inserter(all));
        at = next;
    }
    parts.erase(begin, parts.end());
    return all;
}

} // namespace

server read_server(const std::string& value, const shared_parts& shared) {
    // Text in quotes is for parameters of checks alone.
    auto parts = value.find(check_mark) == std::string::npos ? words(value) : quoted_words(value);
    server result;
    set_server_address(result, parts.front());
    parts.erase(parts.begin());
    if (!parts.empty() && parts.front().find_first_not_of("0123456789") == std::string::npos)
        throw bad_value(fmt::format("{} is one word too many: a port follows a colon, as {}",
                                    in_quotes(parts.front()), to_string(result.address, 80)));
    result.checks = take_checks(parts, shared);
    const auto connections = [](std::string_view text) {
        return static_cast<std::uint32_t>(number(text, 0, most_connections));
    };
    read_pairs(parts,
               {{"name", [&](std::string_view text) { result.word = server_word(text); }},
                {"weight",
                 [&](std::string_view text) {
                     result.weight = static_cast<std::int32_t>(number(text, 0, most_weight));
                 }},
                {"upper", [&](std::string_view text) { result.upper = connections(text); }},
                {"lower", [&](std::string_view text) { result.lower = connections(text); }},
                {"check", [](std::string_view) {}}}, // for the list of what is valid
               "property of a server");
    if (result.lower > 0 && result.upper == 0)
        throw bad_value("lower= has no meaning without a limit: give upper= too");
    if (result.lower > result.upper)
        throw bad_value(fmt::format("lower={} is above upper={}: give at most {}", result.lower,
                                    result.upper, result.upper));
    return result;
}

server read_fallback(const std::string& value) {
    const auto parts = words(value);
    if (parts.size() > 1)
        throw bad_value(fmt::format("{} is one word too many: a fallback is ADDRESS[:PORT] alone",
                                    in_quotes(parts[1])));
    server result;
    set_server_address(result, value);
    return result;
}

} // namespace weir::config
