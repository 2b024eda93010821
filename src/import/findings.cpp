#include "import/findings.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace weir::importer {

std::string printable(std::string_view text) {
    constexpr std::size_t longest = 200;
    std::string result;
    for (const char c : text.substr(0, longest))
        result += c >= ' ' && c <= '~' ? c : '?';
    return result + (text.size() > longest ? "..." : "");
}

std::string to_string(const remark& r) {
    constexpr std::array<const char*, 3> words{"imported", "ignored", "needs a decision"};
    const char* const what = words[static_cast<std::size_t>(r.what)];
    if (r.where.line == 0) return fmt::format("{}: {}: {}", r.where.file, what, r.text);
    return fmt::format("{}:{}: {}: {}", r.where.file, r.where.line, what, r.text);
}

void findings::add(const place& where, verdict what, std::string text) {
    remarks_.push_back({where, what, printable(text)});
}

void findings::imported(const place& where, std::string text) {
    add(where, verdict::imported, std::move(text));
}

void findings::ignored(const place& where, std::string text) {
    add(where, verdict::ignored, std::move(text));
}

void findings::decision(const place& where, std::string text) {
    add(where, verdict::decision, std::move(text));
}

std::vector<remark> findings::remarks() const {
    std::vector<std::string> files; // in order of first mention
    for (const remark& r : remarks_)
        if (std::find(files.begin(), files.end(), r.where.file) == files.end())
            files.push_back(r.where.file);
    const auto index = [&](const remark& r) {
        return std::find(files.begin(), files.end(), r.where.file) - files.begin();
    };
    std::vector<remark> sorted = remarks_;
    std::stable_sort(sorted.begin(), sorted.end(), [&](const remark& a, const remark& b) {
        return std::pair(index(a), a.where.line) < std::pair(index(b), b.where.line);
    });
    return sorted;
}

std::size_t findings::count(verdict what) const {
    return static_cast<std::size_t>(std::count_if(remarks_.begin(), remarks_.end(),
                                                  [&](const remark& r) { return r.what == what; }));
}

} // namespace weir::importer
