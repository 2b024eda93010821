#pragma once

// keepalived.conf for weir: virtual servers become services; groups of virtual servers, services
// with several listeners. Everything else is named in the report. Where keepalived puts a default
// in place of what is missing or wrong (protocol UDP, scheduler wlc, method NAT), the report says
// so, and for the protocol, which is nobody's intention, asks. Source: keepalived.conf(5),
// keepalived 2.2.7. Pure but for included files.

#include <optional>
#include <string>
#include <vector>

#include "import/draft.h"
#include "import/keepalived_lines.h"

namespace weir::importer {

struct keepalived_options {
    std::optional<std::string> id;       ///< keepalived's `-i`
    std::vector<std::string> interfaces; ///< none: those of the file's VRRP instances, else eth0
};

/// A draft that fit() has seen. Throws `refusal`.
draft import_keepalived(const std::string& name, const std::string& text,
                        const keepalived_options& options, const file_access& files, report& notes);

} // namespace weir::importer
