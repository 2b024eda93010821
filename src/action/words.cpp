#include "action/words.h"

#include <algorithm>
#include <cctype>

namespace weir::action {

namespace {

std::string filled_word(const std::string& word, std::span<const fact> facts) {
    std::string result;
    for (std::size_t at = 0; at < word.size();) {
        const std::size_t end = word[at] == '{' ? word.find('}', at) : std::string::npos;
        const auto known =
            end == std::string::npos
                ? facts.end()
                : std::ranges::find(facts, word.substr(at + 1, end - at - 1), &fact::first);
        if (known == facts.end()) {
            result += word[at++];
        } else {
            result += known->second;
            at = end + 1;
        }
    }
    return result;
}

} // namespace

command filled(const command& words, std::span<const fact> facts) {
    command result;
    for (const std::string& word : words)
        result.push_back(filled_word(word, facts));
    return result;
}

std::vector<std::string> environment_of(std::span<const fact> facts) {
    std::vector<std::string> result{
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
    for (const auto& [name, value] : facts) {
        std::string variable = "WEIR_";
        for (const char c : name)
            variable += c == '-' ? '_' : static_cast<char>(std::toupper(c));
        result.push_back(variable + "=" + value);
    }
    return result;
}

} // namespace weir::action
