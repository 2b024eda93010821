#include "config/values.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <fmt/format.h>

#include "config/problem.h"

namespace weir::config {

std::vector<std::string> words(std::string_view text) {
    std::istringstream stream{std::string(text)};
    std::vector<std::string> result;
    for (std::string word; stream >> word;)
        result.push_back(word);
    return result;
}

std::pair<std::string, std::string> split_pair(const std::string& word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return {word, ""};
    return {word.substr(0, equals), word.substr(equals + 1)};
}

std::uint64_t number(std::string_view text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        throw bad_value(fmt::format("`{}` is not a number from {} to {}", text, least, most));
    return value;
}

std::chrono::seconds seconds(std::string_view text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t unit = 1;
    std::string_view digits = text;
    if (!text.empty()) {
        const char last = text.back();
        if (last == 's' || last == 'm' || last == 'h') digits.remove_suffix(1);
        unit = last == 'm' ? 60 : last == 'h' ? 3600 : 1;
    }
    try {
        const std::uint64_t value = number(digits, 0, most) * unit;
        if (value >= least && value <= most) return std::chrono::seconds(value);
    } catch (const bad_value&) { // told below, with units
    }
    throw bad_value(
        fmt::format("`{}` is not a time from {}s to {}s, as 90s, 15m or 1h", text, least, most));
}

bool yes_or_no(std::string_view text) {
    if (text == "yes") return true;
    if (text == "no") return false;
    throw bad_value(fmt::format("`{}` is neither `yes` nor `no`", text));
}

std::vector<unsigned> cpu_list(std::string_view text) {
    constexpr std::uint64_t most_cpu = 1023;
    std::vector<unsigned> cpus;
    std::istringstream items{std::string(text)};
    for (std::string item; std::getline(items, item, ',');) {
        const auto trimmed = words(item);
        if (trimmed.size() != 1)
            throw bad_value(fmt::format("`{}` is not a list of CPUs, as 1,2 or 1-3", text));
        const std::size_t dash = trimmed[0].find('-');
        const std::uint64_t first = number(trimmed[0].substr(0, dash), 0, most_cpu);
        const std::uint64_t last = dash == std::string::npos
                                       ? first
                                       : number(trimmed[0].substr(dash + 1), first, most_cpu);
        for (std::uint64_t cpu = first; cpu <= last; ++cpu)
            cpus.push_back(static_cast<unsigned>(cpu));
    }
    if (cpus.empty()) throw bad_value("an empty list of CPUs; as 1,2 or 1-3");
    return cpus;
}

std::string one_of(const std::string& text, const std::vector<std::string>& allowed) {
    if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return text;
    throw bad_value(fmt::format("`{}` is not known here; {}", text, suggestion(text, allowed)));
}

ip_address address(const std::string& text) {
    if (const auto parsed = parse_address(text)) return *parsed;
    throw bad_value(fmt::format("`{}` is not an IP address, as 192.0.2.1 or 2001:db8::1", text));
}

prefix interface_address(const std::string& text) {
    const auto parsed = parse_prefix(text);
    if (!parsed || text.find('/') == std::string::npos)
        throw bad_value(fmt::format(
            "`{}` is not an address with a prefix length, as 192.0.2.2/24 or 2001:db8::2/64",
            text));
    return *parsed;
}

} // namespace weir::config
