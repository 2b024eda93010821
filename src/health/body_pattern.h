#pragma once

// A regular expression (POSIX extended, RAII over regcomp) for `regex=` of HTTP checks. The C
// library's matcher needs no stack that grows with the text, and the configuration rejects
// back-references, which could take forever. The expression includes the bytes before a match, so
// that the matcher goes over a text once. Otherwise it would start again at each byte, and a page
// of 64 KiB could hold up the control core for seconds.

#include <string>
#include <string_view>

#include <regex.h>

namespace weir::health {

class body_pattern {
public:
    /// Throws std::runtime_error; any pattern that the configuration has accepted compiles.
    explicit body_pattern(const std::string& pattern);
    ~body_pattern();
    body_pattern(const body_pattern&) = delete;
    body_pattern& operator=(const body_pattern&) = delete;

    /// True if any part of the text matches. Lines are lines, as with regcomp's REG_NEWLINE; zero
    /// bytes are ordinary bytes.
    bool found_in(std::string_view text) const;

private:
    regex_t compiled_;
};

} // namespace weir::health
