#pragma once

// What became of the lines of a foreign configuration: imported, ignored (weir has no use for it),
// or in need of a decision (weir does it differently or not at all, or the file says too little).
// Every line that is not simply taken over is in the report; nothing is guessed in silence. Texts
// quote the file, which may hold anything; they stay one line of printable ASCII. Pure: any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"

namespace weir::importer {

using config::place;

enum class verdict : std::uint8_t { imported, ignored, decision };

struct remark {
    place where; ///< line 0: no line in particular
    verdict what;
    std::string text;
};

/// "file:line: needs a decision: text".
std::string to_string(const remark& r);

/// Other bytes than printable ASCII as `?`, cut after 200 characters.
std::string printable(std::string_view text);

class report {
public:
    void imported(const place& where, std::string text);
    void ignored(const place& where, std::string text);
    void decision(const place& where, std::string text);

    /// File by file, line by line.
    std::vector<remark> remarks() const;
    std::size_t count(verdict what) const;

private:
    void add(const place& where, verdict what, std::string text);
    std::vector<remark> remarks_;
};

} // namespace weir::importer
