#include "config/problem.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/hints.h"

namespace weir::config {

namespace {

/// Optimal string alignment: Levenshtein's distance, except that swapping two neighbours counts
/// once.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            row[j + 1] = std::min({last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1});
            if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
                row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last.back();
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

} // namespace

std::string to_string(const problem& p) {
    if (p.where.line == 0) return fmt::format("{}: {}", p.where.file, p.text);
    return fmt::format("{}:{}: {}", p.where.file, p.where.line, p.text);
}

std::string seen_from(const place& here, const place& other) {
    if (other.line == 0) return "added at run time"; // no file has it
    if (here.file == other.file) return fmt::format("on line {}", other.line);
    return fmt::format("on line {} of {}", other.line, in_quotes(other.file));
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string result = "`";
    for (const char c : text.substr(0, longest))
        result += c >= ' ' && c <= '~' ? c : '?';
    return result + (text.size() > longest ? "...`" : "`");
}

std::string nearest(std::string_view given, const std::vector<std::string>& candidates) {
    const std::string word = lower_case(given);
    std::string best;
    std::size_t least = SIZE_MAX;
    for (const std::string& candidate : candidates) {
        const std::size_t allowed = candidate.size() / 2;
        if (word.size() > candidate.size() + allowed) continue;
        const std::size_t d = distance(word, lower_case(candidate));
        if (d <= allowed && d < least) {
            least = d;
            best = candidate;
        }
    }
    return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
    if (const std::string ours = weirs_word(word, candidates); !ours.empty())
        return fmt::format("weir's word is `{}`", ours);
    const std::string best = nearest(word, candidates);
    if (!best.empty()) return fmt::format("did you mean `{}`?", best);
    return fmt::format("valid: {}", fmt::join(candidates, ", "));
}

} // namespace weir::config
