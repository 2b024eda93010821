// The last look at a draft: weir's own reader takes every line of what is written.

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "config/load.h"
#include "import/draft.h"

namespace weir::importer {

namespace {

/// The name of the service whose section has this line; "" if none has.
std::string service_at(const std::string& text, unsigned line) {
    constexpr std::string_view header = "[service ";
    std::string name;
    std::size_t begin = 0;
    for (unsigned n = 1; n <= line && begin < text.size(); ++n) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view seen = std::string_view(text).substr(begin, end - begin);
        if (seen.starts_with('['))
            name = seen.starts_with(header) && seen.ends_with(']')
                       ? seen.substr(header.size(), seen.size() - header.size() - 1)
                       : "";
        begin = end + 1;
    }
    return name;
}

} // namespace

std::string write_valid(draft& d, const std::string& source, report& notes) {
    while (true) {
        std::string text = write(d, source);
        const auto loaded = config::load_text("result", text, {});
        if (loaded) return text;
        const config::problem& wrong = loaded.problems.front();
        const std::string name = service_at(text, wrong.where.line);
        const auto found = std::ranges::find_if(d.services, [&](const draft_service& s) {
            return s.name == name && s.obstacles.empty();
        });
        if (found == d.services.end())
            throw std::runtime_error("the result is not valid, which is a bug of this importer: "
                                     + to_string(wrong));
        found->obstacles.push_back(printable(wrong.text));
        notes.decision(found->where,
                       fmt::format("{} stands behind #: {}", found->title, wrong.text));
    }
}

} // namespace weir::importer
