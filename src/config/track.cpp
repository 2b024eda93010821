#include "config/track.h"

#include <algorithm>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/problem.h"
#include "config/values.h"

namespace weir::config {

namespace {

constexpr std::uint64_t most_of_priority = 253;
constexpr std::uint64_t most_least = 65535;

/// A word as read_check() reads it.
std::string quoted_again(const std::string& word) {
    std::string result = "\"";
    for (const char c : word) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

int priority_of(std::string_view text) {
    const bool less = text.starts_with('-');
    if (less || text.starts_with('+')) try {
            const auto n = static_cast<int>(number(text.substr(1), 1, most_of_priority));
            return less ? -n : n;
        } catch (const bad_value&) {
        }
    throw bad_value(fmt::format("{} is neither -1 to -{} (while it is bad) nor +1 to +{} (while it "
                                "is good)",
                                in_quotes(text), most_of_priority, most_of_priority));
}

std::string name_of(std::string_view text) {
    if (!is_name(text, longest_name))
        throw bad_value(fmt::format("{} is not a name: 1 to {} letters, digits, `.`, `_` or `-`",
                                    in_quotes(text), longest_name));
    return std::string(text);
}

std::vector<ip_address> addresses_of(const std::string& list) {
    std::vector<ip_address> all;
    for (std::size_t start = 0, comma = 0; comma != std::string::npos; start = comma + 1) {
        comma = list.find(',', start);
        const ip_address one = address(list.substr(start, comma - start));
        if (!is_host(one))
            throw bad_value(fmt::format("{} is not an address a host can have: give a unicast "
                                        "address",
                                        in_quotes(to_string(one))));
        if (std::ranges::find(all, one) != all.end())
            throw bad_value(fmt::format("{} is given twice: give it once", to_string(one)));
        all.push_back(one);
    }
    return all;
}

/// "/usr/local/bin/check-uplink" as "check-uplink".
std::string base_name(const std::string& path) {
    std::string name = path.substr(path.rfind('/') + 1);
    for (char& c : name)
        if (!is_name(std::string(1, c), 1)) c = '-';
    return name.substr(0, longest_name);
}

} // namespace

const char* to_string(tracked what) {
    constexpr const char* names[] = {"port", "ping", "script", "service"};
    return names[static_cast<std::size_t>(what)];
}

track read_track(tracked what, const std::string& value) {
    std::vector<std::string> parts = quoted_words(value);
    track t;
    t.what = what;
    if (what != tracked::script) {
        const std::string first = parts.front();
        parts.erase(parts.begin());
        if (what == tracked::ping) {
            t.targets = addresses_of(first);
            t.name = to_string(t.targets.front());
        } else {
            t.name = name_of(first);
        }
    }
    std::vector<std::string> of_check;
    std::vector<std::string> own;
    const auto is_own = [&](const std::string& part) {
        const std::string key = part.substr(0, part.find('='));
        const bool named = what == tracked::ping || what == tracked::script;
        return key == "priority" || (named && key == "name")
               || ((what == tracked::ping || what == tracked::service) && key == "least") || !named;
    };
    for (const std::string& part : parts)
        (is_own(part) ? own : of_check).push_back(part);

    std::vector<pair_reader> readers{
        {"priority", [&](std::string_view text) { t.priority = priority_of(text); }}};
    const auto named = [&](std::string_view text) { t.name = name_of(text); };
    const auto least = [&](std::string_view text) {
        t.least = static_cast<unsigned>(number(text, 1, most_least));
    };
    if (what == tracked::ping || what == tracked::service) readers.push_back({"least", least});
    if (what == tracked::ping || what == tracked::script) readers.push_back({"name", named});

    if (what == tracked::ping || what == tracked::script) {
        std::string line = what == tracked::ping ? "icmp" : "script";
        for (const std::string& part : of_check)
            line += ' ' + quoted_again(part);
        t.check = read_check(line);
        if (what == tracked::script) t.name = base_name(t.check.run.front());
    }
    read_pairs(own, readers, fmt::format("property of track-{}", to_string(what)));
    if (what == tracked::ping && t.least > t.targets.size())
        throw bad_value(fmt::format("least={} is more than the {} addresses it has", t.least,
                                    t.targets.size()));
    if (t.check.weight) throw bad_value("weight= is for servers: give priority=-N or priority=+N");
    return t;
}

} // namespace weir::config
