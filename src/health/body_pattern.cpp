#include "health/body_pattern.h"

#include <stdexcept>

namespace weir::health {

body_pattern::body_pattern(const std::string& pattern) {
    // From the start of the text, any bytes (`.` excludes zero), then the expression.
    const std::string whole = "\\`([^x]|x|\n)*(" + pattern + ")";
    if (regcomp(&compiled_, whole.c_str(), REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
        throw std::runtime_error("no memory for the regular expression " + pattern);
}

body_pattern::~body_pattern() {
    regfree(&compiled_);
}

bool body_pattern::found_in(std::string_view text) const {
    regmatch_t range{};
    range.rm_so = 0;
    range.rm_eo = static_cast<regoff_t>(text.size());
    return regexec(&compiled_, text.data(), 1, &range, REG_STARTEND) == 0;
}

} // namespace weir::health
