// The last look at a draft: weir's own reader takes every line of what is written.

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "config/load.h"
#include "import/draft.h"

namespace weir::importer {

namespace {

/// A section's kind and name.
struct section {
    std::string kind;
    std::string name;
};

/// The section that has this line.
section section_at(const std::string& text, unsigned line) {
    section at;
    std::size_t begin = 0;
    for (unsigned n = 1; n <= line && begin < text.size(); ++n) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view seen = std::string_view(text).substr(begin, end - begin);
        if (seen.starts_with('[')) {
            const std::string_view inner = seen.substr(1, seen.find(']') - 1);
            const std::size_t space = std::min(inner.find(' '), inner.size());
            at = {std::string(inner.substr(0, space)),
                  std::string(inner.substr(std::min(space + 1, inner.size())))};
        }
        begin = end + 1;
    }
    return at;
}

/// Puts the part with this name behind #; false if there is none.
template <typename Part>
bool leave_out(std::vector<Part>& parts, const std::string& name, const std::string& why,
               findings& notes) {
    const auto found = std::ranges::find_if(
        parts, [&](const Part& p) { return p.name == name && p.obstacles.empty(); });
    if (found == parts.end()) return false;
    found->obstacles.push_back(printable(why));
    notes.decision(found->where, fmt::format("{} stands behind #: {}", found->title, why));
    return true;
}

} // namespace

std::string write_valid(draft& d, const std::string& source, findings& notes) {
    while (true) {
        std::string text = write(d, source);
        const auto loaded = config::load_text("result", text, {});
        if (loaded) return text;
        const config::problem& wrong = loaded.problems.front();
        const section at = section_at(text, wrong.where.line);
        const bool left_out = at.kind == "vrrp" ? leave_out(d.vrrps, at.name, wrong.text, notes)
                                                : leave_out(d.services, at.name, wrong.text, notes);
        if (!left_out)
            throw std::runtime_error("the result is not valid, which is a bug of this importer: "
                                     + to_string(wrong));
    }
}

} // namespace weir::importer
