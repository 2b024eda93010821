#pragma once

// keepalived.conf for weir: virtual servers become services; groups of virtual servers become
// services with several listeners. The report names everything else. keepalived substitutes
// defaults for missing or wrong values (protocol UDP, scheduler wlc, method NAT); the report says
// so, and asks about the protocol, since hardly any file means UDP. Source: keepalived.conf(5),
// keepalived 2.2.7. Pure except for included files.

#include <optional>
#include <string>
#include <vector>

#include "import/draft.h"
#include "import/keepalived_lines.h"

namespace weir::importer {

struct keepalived_options {
    std::optional<std::string> id;       ///< keepalived's `-i`
    std::vector<std::string> interfaces; ///< empty: those of the file's VRRP instances, else eth0
};

/// A draft that has passed fit(). Throws std::runtime_error, one line with its
/// place, if the file cannot be imported at all.
draft import_keepalived(const std::string& name, const std::string& text,
                        const keepalived_options& options, const file_access& files,
                        findings& notes);

} // namespace weir::importer
