#pragma once

// A dump of `ipvsadm -Sn` (ipvsadm-save -n) for weir: what `ipvsadm -R` reads, in the short and
// long spellings of ipvsadm(8), version 1.31. The dump says nothing of thresholds, timeouts and
// checks; the report reminds of them. Pure.

#include <string>
#include <vector>

#include "import/draft.h"

namespace weir::importer {

/// A draft that fit() has seen. `interfaces`: none = eth0, with a remark.
draft import_ipvsadm(const std::string& name, const std::string& text,
                     const std::vector<std::string>& interfaces, report& notes);

} // namespace weir::importer
