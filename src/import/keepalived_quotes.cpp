#include "import/keepalived_quotes.h"

#include <algorithm>

#include "config/values.h"

namespace weir::importer {

using config::trimmed;

std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
    for (std::size_t i = begin + 1; i < text.size(); ++i) {
        if (text[i] == '"') return i;
        if (text[i] == '\\') ++i;
    }
    return text.size();
}

std::string without_comment(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            const std::size_t end = end_of_quoted(text, i);
            result += text.substr(i, end - i);
            if ((i = end) == text.size()) break;
        }
        if (text[i] == '#' || text[i] == '!') break;
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '#' || text[i + 1] == '!'))
            ++i;
        result += text[i];
    }
    return std::string(trimmed(result));
}

namespace {

/// `\"` as the quote that it stands for.
std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            if (text[i + 1] != '"') result += text[i];
            ++i;
        }
        result += text[i];
    }
    return result;
}

} // namespace

std::vector<std::string> split(std::string_view text, bool& closed) {
    std::vector<std::string> words;
    closed = true;
    while (!(text = trimmed(text)).empty()) {
        if (text.front() == '"') {
            const std::size_t end = end_of_quoted(text, 0);
            closed = closed && end < text.size();
            words.push_back(unescaped(text.substr(1, end - 1)));
            text.remove_prefix(std::min(end + 1, text.size()));
        } else {
            const std::size_t end = std::min(text.find_first_of(" \t\r\v\f\""), text.size());
            words.emplace_back(text.substr(0, end));
            text.remove_prefix(end);
        }
    }
    return words;
}

} // namespace weir::importer
