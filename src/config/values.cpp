#include "config/values.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/problem.h"
#include "net/address_class.h"

namespace weir::config {

namespace {

constexpr std::string_view white = " \t\r\v\f";

} // namespace

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> result;
    while (!(text = trimmed(text)).empty()) {
        const std::size_t end = std::min(text.find_first_of(white), text.size());
        result.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return result;
}

std::vector<std::string> quoted_words(std::string_view text) {
    std::vector<std::string> result;
    char quote = 0;
    bool inside = false; // inside a word
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote == 0 && white.find(c) != std::string_view::npos) {
            inside = false;
            continue;
        }
        if (!std::exchange(inside, true)) result.emplace_back();
        if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        } else if (quote == '"' && c == '\\' && i + 1 < text.size()
                   && (text[i + 1] == '"' || text[i + 1] == '\\')) {
            result.back() += text[++i];
        } else {
            result.back() += c;
        }
    }
    if (quote != 0)
        throw bad_value(
            fmt::format("a {} is not closed: write it again at the end of the word", quote));
    return result;
}

bool is_name(std::string_view text, std::size_t longest) {
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), good);
}

bool is_interface_name(std::string_view text) {
    return is_name(text, 15) && text != "." && text != "..";
}

namespace {

/// Passes one pair to its reader.
void read_pair(const std::string& pair, const std::vector<pair_reader>& readers,
               std::string_view what, std::vector<const pair_reader*>& seen) {
    const std::size_t equals = pair.find('=');
    const std::string key = pair.substr(0, equals);
    const auto reader = std::find_if(readers.begin(), readers.end(),
                                     [&](const pair_reader& r) { return r.key == key; });
    if (reader == readers.end()) {
        std::vector<std::string> keys;
        for (const pair_reader& r : readers)
            keys.push_back(r.key);
        throw bad_value(
            fmt::format("{} is not a {}; {}", in_quotes(key), what, suggestion(key, keys)));
    }
    if (equals == std::string::npos || equals + 1 == pair.size())
        throw bad_value(fmt::format("`{0}` has no value: write `{0}=VALUE`", key));
    if (std::find(seen.begin(), seen.end(), &*reader) != seen.end())
        throw bad_value(fmt::format("`{}` is given twice: give it once", key));
    seen.push_back(&*reader);
    try {
        reader->set(std::string_view(pair).substr(equals + 1));
    } catch (const bad_value& wrong) {
        throw bad_value(fmt::format("{}: {}", key, wrong.what()));
    }
}

} // namespace

void read_pairs(const std::vector<std::string>& pairs, const std::vector<pair_reader>& readers,
                std::string_view what) {
    std::vector<const pair_reader*> seen;
    std::vector<std::string> wrong;
    for (const std::string& pair : pairs) {
        try {
            read_pair(pair, readers, what, seen);
        } catch (const bad_value& mistake) {
            wrong.emplace_back(mistake.what());
        }
    }
    if (!wrong.empty()) throw bad_value(std::move(wrong));
}

std::uint64_t number(std::string_view text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        throw bad_value(
            fmt::format("{} is not a whole number from {} to {}", in_quotes(text), least, most));
    return value;
}

namespace {

/// A number with a unit, in milliseconds; none if it is malformed or above `most`.
std::optional<std::uint64_t> duration(std::string_view text, std::uint64_t most) {
    struct unit {
        std::string_view suffix;
        std::uint64_t milliseconds;
    };
    constexpr unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
    std::string_view digits = text;
    std::uint64_t milliseconds = 1000;
    for (const unit& u : units) {
        if (!text.ends_with(u.suffix)) continue;
        digits.remove_suffix(u.suffix.size());
        milliseconds = u.milliseconds;
        break;
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value > most / milliseconds)
        return std::nullopt;
    return value * milliseconds;
}

} // namespace

std::chrono::seconds seconds(std::string_view text, std::uint64_t least, std::uint64_t most) {
    const auto value = duration(text, most * 1000);
    if (value && *value >= least * 1000 && *value % 1000 == 0)
        return std::chrono::seconds(*value / 1000);
    throw bad_value(
        fmt::format("{} is not a time from {}s to {}s in whole seconds, as 90s, 15m or 1h",
                    in_quotes(text), least, most));
}

std::chrono::milliseconds milliseconds(std::string_view text, std::uint64_t least,
                                       std::uint64_t most) {
    const auto value = duration(text, most);
    if (value && *value >= least) return std::chrono::milliseconds(*value);
    throw bad_value(fmt::format("{} is not a time from {}ms to {}s, as 500ms, 2s or 1m",
                                in_quotes(text), least, most / 1000));
}

bool yes_or_no(std::string_view text) {
    if (text == "yes") return true;
    if (text == "no") return false;
    throw bad_value(fmt::format("{} is neither `yes` nor `no`", in_quotes(text)));
}

std::vector<unsigned> cpu_list(std::string_view text) {
    std::vector<unsigned> cpus;
    std::vector<bool> seen(most_cpu + 1);
    for (std::size_t start = 0, comma = 0; comma != std::string_view::npos; start = comma + 1) {
        comma = text.find(',', start);
        const std::string_view item = trimmed(text.substr(start, comma - start));
        if (item.empty())
            throw bad_value(
                fmt::format("{} is not a list of CPUs, as 1,2 or 1-3", in_quotes(text)));
        const std::size_t dash = item.find('-');
        const std::uint64_t first = number(item.substr(0, dash), 0, most_cpu);
        const std::uint64_t last =
            dash == std::string_view::npos ? first : number(item.substr(dash + 1), first, most_cpu);
        for (std::uint64_t cpu = first; cpu <= last; ++cpu) {
            if (seen[cpu]) throw bad_value(fmt::format("CPU {} is given twice: give it once", cpu));
            seen[cpu] = true;
            cpus.push_back(static_cast<unsigned>(cpu));
        }
    }
    return cpus;
}

std::size_t one_of(const std::string& text, const std::vector<std::string>& allowed) {
    const auto found = std::find(allowed.begin(), allowed.end(), text);
    if (found == allowed.end())
        throw bad_value(
            fmt::format("{} is not valid; {}", in_quotes(text), suggestion(text, allowed)));
    return static_cast<std::size_t>(found - allowed.begin());
}

ip_address address(const std::string& text) {
    if (const auto parsed = parse_address(text)) return *parsed;
    throw bad_value(
        fmt::format("{} is not an IP address, as 192.0.2.1 or 2001:db8::1", in_quotes(text)));
}

prefix interface_address(const std::string& text) {
    const auto parsed = parse_prefix(text);
    if (!parsed || text.find('/') == std::string::npos)
        throw bad_value(fmt::format(
            "{} is not an address with a prefix length, as 192.0.2.2/24 or 2001:db8::2/64",
            in_quotes(text)));
    if (!is_host(parsed->address))
        throw bad_value(fmt::format("{} is not an address a host can have: give a unicast address",
                                    in_quotes(text)));
    return *parsed;
}

bool is_host(const ip_address& address) {
    return (address.is_v4() ? classify(address.as_v4()) : classify_v6(address))
           == address_class::host;
}

} // namespace weir::config
