#include "config/reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "config/bounds.h"
#include "config/hints.h"
#include "config/values.h"

namespace weir::config {

namespace options = boost::program_options;

namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// What the files of a configuration have in common.
struct whole {
    const std::vector<section_kind>& kinds;
    const sources& from;
    std::vector<problem>& problems;
    std::vector<std::string> kind_names{};
    std::map<std::string, options::options_description> known_keys{}; ///< by kind
    std::unordered_map<std::string, place> headers{};
    std::map<std::string, place> files{}; ///< where each was included
    read_result result{};
};

void read_text(whole& all, const std::string& file, const std::string& text, bool included);

class file_reader {
public:
    file_reader(whole& all, const std::string& file, bool included)
        : all_(all), file_(file), included_(included) {}

    void line(unsigned number, const std::string& text) {
        where_ = {file_, number};
        const std::string_view seen = trimmed(std::string_view(text).substr(0, text.find('#')));
        if (seen.empty()) return;
        if (seen.front() == ';')
            semicolon();
        else if (seen.front() == '[')
            header(seen);
        else if (seen.starts_with(include_word) && !is_key(seen))
            include(trimmed(seen.substr(include_word.size())));
        else
            key_and_value(text);
    }

private:
    static constexpr std::string_view include_word = "include";

    void wrong(std::string what) { all_.problems.push_back({where_, std::move(what)}); }
    section& here() { return all_.result.sections[*section_]; }
    section& begin(const std::string& kind, std::string name) {
        section_ = all_.result.sections.size();
        return all_.result.sections.emplace_back(section{where_, kind, std::move(name), {}, {}});
    }

    /// "included = x", "includes = x": not ours.
    static bool is_key(std::string_view seen) {
        constexpr std::string_view ends = " \t=";
        return seen.size() > include_word.size()
               && ends.find(seen[include_word.size()]) == std::string_view::npos;
    }

    void include(std::string_view pattern) {
        if (pattern.empty() || pattern.front() == '=')
            return wrong("include: write `include FILE` without `=`, as include conf.d/*.conf");
        if (!all_.from.matching)
            return wrong("include: this text is not in a file, so there is none beside it");
        try {
            for (const included_file& each : all_.from.matching(file_, pattern))
                include(each);
        } catch (const bad_value& e) {
            wrong(fmt::format("include: {}", e.what()));
        }
    }

    void include(const included_file& each) {
        const auto [before, fresh] = all_.files.try_emplace(each.same, where_);
        if (!fresh && before->second.line == 0)
            return wrong(fmt::format("include: {} is the file that all begins with: include only "
                                     "others",
                                     in_quotes(each.path)));
        if (!fresh)
            return wrong(fmt::format("include: {} is already included {}: include it once",
                                     in_quotes(each.path), seen_from(where_, before->second)));
        std::string text;
        try {
            text = all_.from.read(each.path);
        } catch (const bad_value& e) {
            return wrong(fmt::format("include: {} {}", in_quotes(each.path), e.what()));
        }
        read_text(all_, each.path, text, true);
    }

    void header(std::string_view text) {
        kind_ = nullptr;
        if (text.find(']') != text.size() - 1) {
            begin("", "");
            return wrong(fmt::format("{} is not a section: write `[kind name]`", in_quotes(text)));
        }
        const std::vector<std::string> parts = words(text.substr(1, text.size() - 2));
        const std::string kind = parts.empty() ? "" : parts[0];
        const auto found = std::find_if(all_.kinds.begin(), all_.kinds.end(),
                                        [&](const section_kind& k) { return k.kind == kind; });
        if (found == all_.kinds.end()) {
            begin("", "");
            return wrong(fmt::format("there is no section {}; {}", in_quotes(kind),
                                     suggestion(kind, all_.kind_names)));
        }
        kind_ = &*found;
        given_.clear();
        begin(kind, name(parts));
    }

    /// The name in a header of the current kind; reports a missing, duplicate or superfluous one.
    std::string name(const std::vector<std::string>& parts) {
        const std::string& kind = kind_->kind;
        if (!kind_->named && parts.size() > 1)
            wrong(fmt::format("[{0}] has no name: write `[{0}]`", kind));
        if (kind_->named && parts.size() != 2) {
            wrong(fmt::format("[{0}] needs one name: write `[{0} NAME]`", kind));
            return "?";
        }
        if (kind_->named && !is_name(parts[1], longest_name)) {
            wrong(fmt::format("{} is not a name: 1 to {} letters, digits, `.`, `_` or `-`",
                              in_quotes(parts[1]), longest_name));
            return "?";
        }
        std::string name = kind_->named ? parts[1] : "";
        const std::string whole = kind_->named ? kind + ' ' + name : kind;
        const auto [before, fresh] = all_.headers.try_emplace(whole, where_);
        if (!fresh)
            wrong(fmt::format("[{}] is already {}: {}", whole, seen_from(where_, before->second),
                              kind_->named ? "give this one another name" : "put both together"));
        return name;
    }

    void key_and_value(const std::string& text) {
        if (kind_ == nullptr) {
            if (!section_) before_any_section(text);
            return;
        }
        std::istringstream stream(text);
        try {
            const auto parsed =
                options::parse_config_file(stream, all_.known_keys.at(kind_->kind), true);
            for (const options::option& option : parsed.options)
                take(option);
        } catch (const options::error&) {
            const std::string key = words(text).front();
            here().attempted.push_back(nearest(key, kind_->keys));
            wrong(fmt::format("{} is not a setting: write `key = value`", in_quotes(key)));
        }
    }

    /// Lines before the first section are one problem: the first of them, or the first that shows
    /// whose file this is.
    void before_any_section(const std::string& text) {
        const std::string instead = instead_of_file(text);
        if (early_ && (foreign_ || instead.empty())) return;
        if (!early_) {
            early_ = all_.problems.size();
            all_.problems.emplace_back();
        }
        foreign_ = !instead.empty();
        all_.problems[*early_] = {
            where_, foreign_    ? instead
                    : included_ ? "this stands before any section: an included file begins with a "
                                  "section of its own, as `[service NAME]`"
                                : "this stands before any section: begin with `[director]`"};
    }

    /// Only the first: who writes one comment like that writes all of them so.
    void semicolon() {
        if (!std::exchange(semicolons_, true))
            wrong("comments begin with `#`, not with `;`: write `#` on this line and all like it");
    }

    void take(const options::option& option) {
        const std::string& key = option.string_key;
        if (option.unregistered) {
            here().attempted.push_back(nearest(key, kind_->keys));
            const std::string instead = instead_of_key(kind_->kind, key);
            return wrong(fmt::format("{} is not a key of [{}]; {}", in_quotes(key), kind_->kind,
                                     instead.empty() ? suggestion(key, kind_->keys) : instead));
        }
        const auto [before, fresh] = given_.try_emplace(key, where_.line);
        if (!fresh && !contains(kind_->repeated, key))
            return wrong(
                fmt::format("`{}` is already on line {}: give it once", key, before->second));
        if (option.value.empty() || option.value.front().empty()) {
            here().attempted.push_back(key);
            return wrong(fmt::format("`{0}` has no value: write `{0} = VALUE`", key));
        }
        here().entries.push_back({where_, key, option.value.front()});
    }

    whole& all_;
    const std::string& file_;
    bool included_;
    std::map<std::string, unsigned> given_; ///< keys of this section, and their lines
    const section_kind* kind_ = nullptr;    ///< of this section; null if its header was wrong
    std::optional<std::size_t> section_;    ///< this section's place in the result
    place where_;
    std::optional<std::size_t> early_; ///< the problem of lines before the first section
    bool foreign_ = false;             ///< it says whose file this is
    bool semicolons_ = false;          ///< a comment with `;` is already a problem
};

void read_text(whole& all, const std::string& file, const std::string& text, bool included) {
    all.result.files.push_back(file);
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
        all.problems.push_back({{file, 1}, "this is UTF-16: save it as plain text or UTF-8"});
        return;
    }
    file_reader r(all, file, included);
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; // what some editors of UTF-8 write
    std::istringstream stream(
        text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text);
    unsigned number = 0;
    for (std::string line; std::getline(stream, line);)
        r.line(++number, line);
}

} // namespace

read_result read_sections(const std::string& file, const std::string& text,
                          const std::vector<section_kind>& kinds, const sources& from,
                          std::vector<problem>& problems) {
    whole all{kinds, from, problems};
    for (const section_kind& kind : kinds) {
        all.kind_names.push_back(kind.kind);
        for (const std::string& key : kind.keys)
            all.known_keys[kind.kind].add_options()(key.c_str(), options::value<std::string>());
    }
    if (from.matching) all.files.emplace(same_file(file), place{file, 0});
    read_text(all, file, text, false);
    return std::move(all.result);
}

} // namespace weir::config
