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

class reader {
public:
    reader(const std::string& file, const std::vector<section_kind>& kinds,
           std::vector<problem>& problems)
        : file_(file), kinds_(kinds), problems_(problems) {
        for (const section_kind& kind : kinds_) {
            kind_names_.push_back(kind.kind);
            for (const std::string& key : kind.keys)
                known_keys_[kind.kind].add_options()(key.c_str(), options::value<std::string>());
        }
    }

    void line(unsigned number, const std::string& text) {
        where_ = {file_, number};
        const std::string_view seen = trimmed(std::string_view(text).substr(0, text.find('#')));
        if (seen.empty()) return;
        if (seen.front() == ';')
            semicolon();
        else if (seen.front() == '[')
            header(seen);
        else
            key_and_value(text);
    }

    std::vector<section> take() { return std::move(sections_); }

private:
    void wrong(std::string what) { problems_.push_back({where_, std::move(what)}); }

    void header(std::string_view text) {
        kind_ = nullptr;
        if (text.find(']') != text.size() - 1) {
            sections_.push_back({where_, "", "", {}, {}});
            return wrong(fmt::format("{} is not a section: write `[kind name]`", in_quotes(text)));
        }
        const std::vector<std::string> parts = words(text.substr(1, text.size() - 2));
        const std::string kind = parts.empty() ? "" : parts[0];
        const auto found = std::find_if(kinds_.begin(), kinds_.end(),
                                        [&](const section_kind& k) { return k.kind == kind; });
        if (found == kinds_.end()) {
            sections_.push_back({where_, "", "", {}, {}});
            return wrong(fmt::format("there is no section {}; {}", in_quotes(kind),
                                     suggestion(kind, kind_names_)));
        }
        kind_ = &*found;
        given_.clear();
        sections_.push_back({where_, kind, name(parts), {}, {}});
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
        const auto [before, fresh] = headers_.try_emplace(whole, where_.line);
        if (!fresh)
            wrong(fmt::format("[{}] is already on line {}: {}", whole, before->second,
                              kind_->named ? "give this one another name" : "put both together"));
        return name;
    }

    void key_and_value(const std::string& text) {
        if (kind_ == nullptr) {
            if (sections_.empty()) before_any_section(text);
            return;
        }
        std::istringstream stream(text);
        try {
            const auto parsed =
                options::parse_config_file(stream, known_keys_.at(kind_->kind), true);
            for (const options::option& option : parsed.options)
                take(option);
        } catch (const options::error&) {
            const std::string key = words(text).front();
            sections_.back().attempted.push_back(nearest(key, kind_->keys));
            wrong(fmt::format("{} is not a setting: write `key = value`", in_quotes(key)));
        }
    }

    /// Lines before the first section are one problem: the first of them, or the first that shows
    /// whose file this is.
    void before_any_section(const std::string& text) {
        const std::string instead = instead_of_file(text);
        if (early_ && (foreign_ || instead.empty())) return;
        if (!early_) {
            early_ = problems_.size();
            problems_.emplace_back();
        }
        foreign_ = !instead.empty();
        problems_[*early_] = {
            where_, foreign_ ? instead : "this stands before any section: begin with `[director]`"};
    }

    /// Only the first: who writes one comment like that writes all of them so.
    void semicolon() {
        if (!std::exchange(semicolons_, true))
            wrong("comments begin with `#`, not with `;`: write `#` on this line and all like it");
    }

    void take(const options::option& option) {
        const std::string& key = option.string_key;
        section& here = sections_.back();
        if (option.unregistered) {
            here.attempted.push_back(nearest(key, kind_->keys));
            const std::string instead = instead_of_key(kind_->kind, key);
            return wrong(fmt::format("{} is not a key of [{}]; {}", in_quotes(key), kind_->kind,
                                     instead.empty() ? suggestion(key, kind_->keys) : instead));
        }
        const auto [before, fresh] = given_.try_emplace(key, where_.line);
        if (!fresh && !contains(kind_->repeated, key))
            return wrong(
                fmt::format("`{}` is already on line {}: give it once", key, before->second));
        if (option.value.empty() || option.value.front().empty()) {
            here.attempted.push_back(key);
            return wrong(fmt::format("`{0}` has no value: write `{0} = VALUE`", key));
        }
        here.entries.push_back({where_, key, option.value.front()});
    }

    const std::string& file_;
    const std::vector<section_kind>& kinds_;
    std::vector<problem>& problems_;
    std::vector<std::string> kind_names_;
    std::map<std::string, options::options_description> known_keys_; ///< by kind
    std::unordered_map<std::string, unsigned> headers_;              ///< and their lines
    std::map<std::string, unsigned> given_; ///< keys of this section, and their lines
    const section_kind* kind_ = nullptr;    ///< of this section; null if its header was wrong
    place where_;
    std::optional<std::size_t> early_; ///< the problem of lines before the first section
    bool foreign_ = false;             ///< it says whose file this is
    bool semicolons_ = false;          ///< a comment with `;` is already a problem
    std::vector<section> sections_;
};

} // namespace

std::vector<section> read_sections(const std::string& file, const std::string& text,
                                   const std::vector<section_kind>& kinds,
                                   std::vector<problem>& problems) {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
        problems.push_back({{file, 1}, "this is UTF-16: save it as plain text or UTF-8"});
        return {};
    }
    reader r(file, kinds, problems);
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; // what some editors of UTF-8 write
    std::istringstream stream(
        text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text);
    unsigned number = 0;
    for (std::string line; std::getline(stream, line);)
        r.line(++number, line);
    return r.take();
}

} // namespace weir::config
