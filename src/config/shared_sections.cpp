// `[check NAME]`, `[pool NAME]` and what refers to them.

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "config/problem.h"
#include "config/sections.h"
#include "config/values.h"

namespace weir::config {

namespace {

std::string key_of(const std::string& word) {
    return word.substr(0, word.find('='));
}

/// The words of a `[check]` line, with the pairs of `own` in place of those with the same key.
std::vector<std::string> with_own(const std::vector<std::string>& shared,
                                  const std::vector<std::string>& own) {
    std::vector<std::string> all;
    std::ranges::copy_if(shared, std::back_inserter(all), [&](const std::string& word) {
        return std::ranges::none_of(
            own, [&](const std::string& mine) { return key_of(mine) == key_of(word); });
    });
    all.insert(all.end(), own.begin(), own.end());
    return all;
}

} // namespace

std::vector<check> read_checks(std::vector<std::string> words, const shared_parts& shared) {
    if (words.empty()) throw bad_value("name the type of check first, as `tcp`");
    if (words.front() == "none") {
        if (words.size() > 1)
            throw bad_value(
                fmt::format("{} is one word too many: `none` stands alone", in_quotes(words[1])));
        return {};
    }
    const auto named = shared.checks.find(words.front());
    if (named == shared.checks.end()) {
        if (is_check_word(words.front())) return {read_check(std::move(words))};
        std::vector<std::string> known = check_types();
        for (const auto& [name, set] : shared.checks)
            known.push_back(name);
        one_of(words.front(), known); // throws
    }
    if (!named->second) throw already_reported();
    words.erase(words.begin());
    std::vector<check> all;
    for (const auto& each : named->second->checks)
        all.push_back(read_check(with_own(each, words)));
    return all;
}

bool is_check_word(std::string_view word) {
    return word == "none" || std::ranges::find(check_types(), word) != check_types().end();
}

const std::vector<key<check_set>>& check_set_keys() {
    static const std::vector<key<check_set>> keys{
        {"check",
         [](check_set& s, const std::string& value) {
             auto words = quoted_words(value);
             read_check(words); // throws if it is wrong, whoever uses it
             s.checks.push_back(std::move(words));
         },
         true, "check = http path=/healthy"},
    };
    return keys;
}

const std::vector<key<pool>>& pool_keys() {
    static const std::vector<key<pool>> keys{
        {"server",
         [](pool& p, const std::string& value) {
             p.servers.push_back(read_server(value, *p.shared));
         },
         true, "server = 192.0.2.11"},
    };
    return keys;
}

void use_pool(service_draft& s, const std::string& value) {
    auto parts = words(value);
    const std::string name = parts.front();
    const auto found = s.shared->pools.find(name);
    if (found == s.shared->pools.end()) {
        std::vector<std::string> known;
        for (const auto& [each, pool] : s.shared->pools)
            known.push_back(each);
        if (parse_address(name) || parse_endpoint(name))
            throw bad_value(
                fmt::format("{} is a server: write `server = {}`", in_quotes(name), value));
        throw bad_value(fmt::format("there is no [pool {}]; {}", name,
                                    known.empty() ? "write it, with a `server =` line for each"
                                                  : suggestion(name, known)));
    }
    if (std::ranges::find(s.pools_used, name) != s.pools_used.end())
        throw bad_value(fmt::format("[pool {}] is given twice: give it once", name));
    s.pools_used.push_back(name);
    parts.erase(parts.begin());
    std::uint16_t port = 0;
    read_pairs(parts,
               {{"port",
                 [&](std::string_view text) {
                     port = static_cast<std::uint16_t>(number(text, 1, 65535));
                 }}},
               "property of a pool's use");
    if (!found->second) throw already_reported();
    for (server each : found->second->servers) {
        if (port != 0) each.port = port;
        s.servers.push_back(std::move(each));
    }
}

} // namespace weir::config
