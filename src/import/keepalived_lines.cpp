#include "import/keepalived_lines.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "config/problem.h"
#include "config/values.h"
#include "import/keepalived_quotes.h"

namespace weir::importer {

namespace {

using config::in_quotes;
using config::trimmed;

constexpr unsigned deepest_include = 16;
constexpr unsigned most_files = 1000;
constexpr unsigned deepest_substitution = 32;
constexpr std::size_t longest_line = 1 << 16;     // after substitution, bytes
constexpr std::size_t most_substituted = 1 << 26; // of values in values, bytes
constexpr std::size_t most_lines = 4'000'000;

[[noreturn]] void refuse(const place& where, const std::string& why) {
    throw std::runtime_error(fmt::format("{}:{}: {}", where.file, where.line, why));
}

bool is_name_character(char c, bool first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
           || (!first && c >= '0' && c <= '9');
}

/// The length of a variable's name at the start of the text.
std::size_t name_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && is_name_character(text[length], length == 0))
        ++length;
    return length;
}

class line_reader {
public:
    line_reader(const std::optional<std::string>& id, const file_access& files, findings& notes)
        : id_(id), files_(files), notes_(notes) {}

    void read(const std::string& file, const std::string& text, unsigned depth) {
        place where{file, 0};
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            ++where.line;
            take(where, without_comment(std::string_view(text).substr(begin, end - begin)), depth);
            begin = end + 1;
        }
        finish_definition(where);
    }
    std::vector<source_line> lines() && { return std::move(lines_); }

private:
    void take(const place& where, std::string text, unsigned depth) {
        if (defining_) return continue_definition(text);
        if (text.empty()) return;
        if (text.front() == '@' && !condition_holds(where, text)) return;
        if (begins_definition(text)) return;
        if (is_include(where, text, depth)) return;
        substitute(where, text, 0);
    }

    /// `@id text` holds for one id, `@^id text` for all others. Removes the condition.
    bool condition_holds(const place& where, std::string& text) {
        const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
        const bool other = text.size() > 1 && text[1] == '^';
        const std::string wanted = text.substr(other ? 2 : 1, end - (other ? 2 : 1));
        if (!id_)
            refuse(where, fmt::format("{} is for one of several directors: say which one this is "
                                      "to be, with --id NAME (keepalived's -i, else its host name)",
                                      in_quotes(text.substr(0, end))));
        text = trimmed(std::string_view(text).substr(end));
        return (wanted == *id_) != other && !text.empty();
    }

    /// `$NAME=value`; a value that ends in `\` continues on the next line.
    bool begins_definition(const std::string& text) {
        if (text.front() != '$') return false;
        const std::size_t length = name_length(std::string_view(text).substr(1));
        if (length == 0 || length + 1 >= text.size() || text[length + 1] != '=') return false;
        defining_ = text.substr(1, length);
        variables_[*defining_].clear();
        continue_definition(text.substr(length + 2));
        return true;
    }
    void continue_definition(std::string_view text) {
        std::string& value = variables_[*defining_];
        const bool more = text.ends_with('\\');
        if (more) text.remove_suffix(1);
        if (!value.empty()) value += '\n';
        if (value.size() + text.size() <= longest_line) value += trimmed(text);
        if (!more) defining_.reset();
    }
    void finish_definition(const place& where) {
        if (!defining_) return;
        notes_.decision(where, fmt::format("the value of ${} does not end", *defining_));
        defining_.reset();
    }

    bool is_include(const place& where, const std::string& text, unsigned depth) {
        const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
        const std::string word = text.substr(0, end);
        static const std::vector<std::string> words{"include",  "includea", "includeb",
                                                    "includem", "includer", "includew"};
        if (std::find(words.begin(), words.end(), word) == words.end()) return false;
        std::string pattern(trimmed(std::string_view(text).substr(end)));
        if (pattern.size() >= 2 && pattern.front() == '"' && pattern.back() == '"')
            pattern = pattern.substr(1, pattern.size() - 2);
        const std::size_t slash = where.file.rfind('/');
        if (!pattern.starts_with('/') && slash != std::string::npos)
            pattern = where.file.substr(0, slash + 1) + pattern;
        const auto found = files_.glob ? files_.glob(pattern) : std::vector<std::string>{};
        if (found.empty())
            notes_.decision(where, fmt::format("include: there is no file {}", in_quotes(pattern)));
        for (const std::string& file : found)
            include(where, file, depth);
        return true;
    }
    void include(const place& where, const std::string& file, unsigned depth) {
        if (depth >= deepest_include || ++read_ > most_files)
            refuse(where, "too many files include each other");
        const auto text = files_.read ? files_.read(file) : std::nullopt;
        if (!text)
            notes_.decision(where, fmt::format("include: {} cannot be read", in_quotes(file)));
        else
            read(file, *text, depth + 1);
    }

    /// Replaces `$NAME` and `${NAME}` repeatedly; undefined names stay as they are. A value of
    /// several lines is read line by line, as if it stood there: its lines may define variables
    /// that the lines below use.
    void substitute(const place& where, std::string text, unsigned depth) {
        if (depth > 0) substituted_ += text.size() + 16; // an empty line costs something too
        if (depth > deepest_substitution || substituted_ > most_substituted)
            refuse(where, "variables that contain each other");
        if (!replace_once(where, text)) return cut(where, text);
        for (std::size_t begin = 0; begin <= text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            const std::string line(trimmed(std::string_view(text).substr(begin, end - begin)));
            const bool several = begin > 0 || end < text.size();
            if (!line.empty() && !(several && begins_definition(line)))
                substitute(where, line, depth + 1);
            begin = end + 1;
        }
    }
    bool replace_once(const place& where, std::string& text) const {
        std::string result;
        bool replaced = false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::size_t length = 0;
            const auto found = text[i] == '$' ? variable_at(text, i, length) : variables_.end();
            if (found == variables_.end()) {
                result += text[i];
                continue;
            }
            result += found->second;
            if (result.size() > longest_line) refuse(where, "variables that contain each other");
            replaced = true;
            i += length - 1;
        }
        text = std::move(result);
        return replaced;
    }
    std::map<std::string, std::string>::const_iterator
    variable_at(const std::string& text, std::size_t at, std::size_t& length) const {
        const bool braced = at + 1 < text.size() && text[at + 1] == '{';
        const std::size_t start = at + (braced ? 2 : 1);
        const std::size_t name = name_length(std::string_view(text).substr(start));
        length = start + name - at + (braced ? 1 : 0);
        if (braced && (start + name >= text.size() || text[start + name] != '}'))
            return variables_.end();
        return variables_.find(text.substr(start, name));
    }

    /// Splits at braces outside double quotes, except those of `${NAME}`.
    void cut(const place& where, std::string_view text) {
        std::string piece;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            if (c == '"') {
                const std::size_t end = std::min(end_of_quoted(text, i), text.size() - 1);
                piece += text.substr(i, end - i + 1);
                i = end;
            } else if (c == '$' && i + 1 < text.size() && text[i + 1] == '{') {
                const std::size_t end = std::min(text.find('}', i), text.size() - 1);
                piece += text.substr(i, end - i + 1);
                i = end;
            } else if (c == '{' || c == '}') {
                add_words(where, piece);
                piece.clear();
                add({where, c == '{' ? line_kind::open : line_kind::close, {}, {}});
            } else {
                piece += c;
            }
        }
        add_words(where, piece);
    }
    void add_words(const place& where, const std::string& text) {
        const std::string_view whole = trimmed(text);
        if (whole.empty()) return;
        // Not interpreted: the whole piece is one word.
        if (whole.front() == '~' || whole.front() == '$' || whole.find("${_") != whole.npos)
            return add({where, line_kind::words, {std::string(whole)}, {}});
        bool closed = true;
        auto words = split(whole, closed);
        if (!closed)
            notes_.decision(where, fmt::format("{}: a quote is never closed", in_quotes(whole)));
        if (words.empty() || (words.size() == 1 && words[0].empty())) return;
        const std::size_t first = whole.find_first_of(" \t");
        std::string rest(first == whole.npos ? "" : trimmed(whole.substr(first)));
        add({where, line_kind::words, std::move(words), std::move(rest)});
    }
    void add(source_line line) {
        if (lines_.size() >= most_lines) refuse(line.where, "too long: more than 4000000 lines");
        lines_.push_back(std::move(line));
    }

    const std::optional<std::string>& id_;
    const file_access& files_;
    findings& notes_;
    std::vector<source_line> lines_;
    std::map<std::string, std::string> variables_;
    std::optional<std::string> defining_; ///< the variable whose value continues
    unsigned read_ = 0;                   ///< number of files read
    std::size_t substituted_ = 0;         ///< bytes
};

} // namespace

std::vector<source_line> keepalived_lines(const std::string& name, const std::string& text,
                                          const std::optional<std::string>& id,
                                          const file_access& files, findings& notes) {
    line_reader reader(id, files, notes);
    reader.read(name, text, 0);
    return std::move(reader).lines();
}

} // namespace weir::importer
