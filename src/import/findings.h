#pragma once

// What became of each line of a foreign configuration: imported, ignored (weir has no use for it),
// or in need of a decision (weir does it differently or not at all, or the file says too little).
// The report names every line that is not simply imported, and every guess. Its texts quote the
// file, which may contain anything; they stay one line of printable ASCII. Pure: any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"

namespace weir::importer {

using config::place;

enum class verdict : std::uint8_t { imported, ignored, decision };

struct remark {
    place where; ///< line 0: no particular line
    verdict what;
    std::string text;
};

/// "file:line: needs a decision: text".
std::string to_string(const remark& r);

/// Replaces all but printable ASCII by `?` and cuts after 200 characters.
std::string printable(std::string_view text);

class findings {
public:
    void imported(const place& where, std::string text);
    void ignored(const place& where, std::string text);
    void decision(const place& where, std::string text);

    /// By file and line.
    std::vector<remark> remarks() const;
    std::size_t count(verdict what) const;

private:
    void add(const place& where, verdict what, std::string text);
    std::vector<remark> remarks_;
};

} // namespace weir::importer
