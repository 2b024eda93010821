#include "config/reader.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/format.h>

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
        for (const section_kind& kind : kinds_)
            for (const std::string& key : kind.keys)
                known_keys_[kind.kind].add_options()(key.c_str(), options::value<std::string>());
    }

    void line(unsigned number, const std::string& text) {
        where_ = {file_, number};
        const std::size_t first = text.find_first_not_of(" \t\r");
        if (first == std::string::npos || text[first] == '#') return;
        if (text[first] == '[')
            header(text);
        else
            key_and_value(text);
    }

    std::vector<section> take() { return std::move(sections_); }

private:
    void wrong(std::string what) { problems_.push_back({where_, std::move(what)}); }

    void header(const std::string& text) {
        kind_ = nullptr;
        static const std::regex form(R"(\s*\[([^\]]*)\]\s*(#.*)?)");
        std::smatch match;
        if (!std::regex_match(text, match, form))
            return wrong("a section is written `[kind name]`");
        const std::vector<std::string> parts = words(match[1].str());
        std::vector<std::string> kinds;
        for (const section_kind& kind : kinds_)
            kinds.push_back(kind.kind);
        const std::string kind = parts.empty() ? "" : parts[0];
        const auto found = std::find_if(kinds_.begin(), kinds_.end(),
                                        [&](const section_kind& k) { return k.kind == kind; });
        if (found == kinds_.end())
            return wrong(
                fmt::format("there is no section `{}`; {}", kind, suggestion(kind, kinds)));
        kind_ = &*found;
        given_.clear();
        const std::size_t expected = found->named ? 2 : 1;
        std::string name = parts.size() > 1 ? parts[1] : "";
        if (parts.size() != expected) {
            wrong(found->named ? fmt::format("`[{}]` needs one name: `[{} NAME]`", kind, kind)
                               : fmt::format("`[{}]` has no name", kind));
        } else if (found->named) {
            static const std::regex valid("[A-Za-z0-9._-]{1,32}");
            if (!std::regex_match(name, valid))
                wrong(fmt::format("`{}` is not a name: 1 to 32 letters, digits, `.`, `_` or `-`",
                                  name));
            const auto [before, fresh] = names_.try_emplace(kind + ' ' + name, where_.line);
            if (!fresh)
                wrong(fmt::format("`[{} {}]` is already on line {}", kind, name, before->second));
        } else if (const auto [before, fresh] = names_.try_emplace(kind, where_.line); !fresh) {
            wrong(fmt::format("`[{}]` is already on line {}", kind, before->second));
        }
        sections_.push_back({where_, kind, std::move(name), {}});
    }

    void key_and_value(const std::string& text) {
        if (kind_ == nullptr) {
            if (sections_.empty())
                wrong("this stands before any section; `[director]` comes first");
            return; // the section itself was wrong, and has been reported
        }
        try {
            std::istringstream stream(text);
            const auto parsed = options::parse_config_file(stream, known_keys_[kind_->kind], true);
            if (parsed.options.empty()) return;
            const auto& option = parsed.options.front();
            if (option.unregistered)
                return wrong(fmt::format("`{}` is not a key of [{}]; {}", option.string_key,
                                         kind_->kind, suggestion(option.string_key, kind_->keys)));
            std::string value = option.value.empty() ? "" : option.value.front();
            if (value.empty()) return wrong(fmt::format("`{}` has no value", option.string_key));
            const auto [before, fresh] = given_.try_emplace(option.string_key, where_.line);
            if (!fresh && !contains(kind_->repeated, option.string_key))
                return wrong(fmt::format("`{}` is already given on line {}", option.string_key,
                                         before->second));
            sections_.back().entries.push_back({where_, option.string_key, std::move(value)});
        } catch (const options::error&) {
            wrong("a line is written `key = value`");
        }
    }

    const std::string& file_;
    const std::vector<section_kind>& kinds_;
    std::vector<problem>& problems_;
    std::map<std::string, options::options_description> known_keys_;
    std::map<std::string, unsigned> names_; ///< of sections, and their lines
    std::map<std::string, unsigned> given_; ///< keys of this section, and their lines
    const section_kind* kind_ = nullptr;
    place where_;
    std::vector<section> sections_;
};

} // namespace

std::vector<section> read_sections(const std::string& file, const std::string& text,
                                   const std::vector<section_kind>& kinds,
                                   std::vector<problem>& problems) {
    reader r(file, kinds, problems);
    std::istringstream stream(text);
    unsigned number = 0;
    for (std::string line; std::getline(stream, line);)
        r.line(++number, line);
    return r.take();
}

} // namespace weir::config
