// keepalived's kinds of checks.

#include <algorithm>
#include <array>

#include "import/keepalived_parts.h"

namespace weir::importer {

namespace {

constexpr std::array checker_kinds{
    checker_kind{"TCP_CHECK", "tcp", 1, 1000},   checker_kind{"HTTP_GET", "http", 1, 3000},
    checker_kind{"SSL_GET", "https", 1, 3000},   checker_kind{"SMTP_CHECK", "smtp", 1, 1000},
    checker_kind{"DNS_CHECK", "dns", 3, 0},      checker_kind{"UDP_CHECK", "udp", 1, 1000},
    checker_kind{"PING_CHECK", "icmp", 1, 1000}, checker_kind{"MISC_CHECK", "script", 0, 1000},
    checker_kind{"BFD_CHECK", "", 0, 0},         checker_kind{"FILE_CHECK", "", 0, 0},
};

} // namespace

const checker_kind* kind_of(std::string_view keyword) {
    const auto* const found =
        std::find_if(checker_kinds.begin(), checker_kinds.end(),
                     [&](const checker_kind& k) { return k.name == keyword; });
    return found == checker_kinds.end() ? nullptr : found;
}

bool is_checker(const std::string& keyword) {
    return kind_of(keyword) != nullptr;
}

} // namespace weir::importer
