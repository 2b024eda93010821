#pragma once

// A regular expression (POSIX extended, RAII over regcomp) as `regex=` of HTTP checks has it. The
// C library's matcher needs no stack that grows with the text, and back-references, which could
// take for ever, are refused with the configuration. Where a match may begin is part of the
// expression, so that the matcher goes over a text once: it would begin anew at each byte, and a
// page of 64 KiB could hold up the control core for seconds.

#include <string>
#include <string_view>

#include <regex.h>

namespace weir::health {

class body_pattern {
public:
    /// Throws std::runtime_error; what the configuration has accepted is good.
    explicit body_pattern(const std::string& pattern);
    ~body_pattern();
    body_pattern(const body_pattern&) = delete;
    body_pattern& operator=(const body_pattern&) = delete;

    /// Does any part of the text match? Lines are lines, as regcomp's REG_NEWLINE has it; zero
    /// bytes are bytes like others.
    bool found_in(std::string_view text) const;

private:
    regex_t compiled_;
};

} // namespace weir::health
