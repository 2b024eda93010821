// Service blocks inside other blocks: the tree of a file with a missing brace.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/keepalived_parts.h"

namespace weir::importer {

namespace {

using path = std::vector<const statement*>;

/// "vrrp_instance V (line 1) / authentication (line 4)".
std::string to_text(const path& inside) {
    std::string text;
    for (const statement* s : inside)
        text += fmt::format("{}{} (line {})", text.empty() ? "" : " / ", fmt::join(s->words, " "),
                            s->where.line);
    return text;
}

bool belongs(const statement& s, const path& inside) {
    if (s.keyword() == "real_server")
        return inside.size() == 1 && inside.back()->keyword() == "virtual_server";
    return inside.empty();
}

void look(const std::vector<statement>& statements, path& inside, std::vector<misplaced>& all) {
    for (const statement& s : statements) {
        if (is_service_block(s.keyword()) && !belongs(s, inside))
            all.push_back(
                {s.where,
                 fmt::format("{} is left out: it stands {}", fmt::join(s.words, " "),
                             inside.empty() ? "outside of a virtual_server: is there a `}` "
                                              "too many above?"
                                            : "inside " + to_text(inside) + ": a `}` is missing")});
        inside.push_back(&s);
        look(s.inner, inside, all);
        inside.pop_back();
    }
}

} // namespace

bool is_service_block(const std::string& keyword) {
    return keyword == "virtual_server" || keyword == "virtual_server_group"
           || keyword == "real_server";
}

std::vector<misplaced> misplaced_blocks(const std::vector<statement>& file) {
    std::vector<misplaced> all;
    path inside;
    look(file, inside, all);
    return all;
}

} // namespace weir::importer
