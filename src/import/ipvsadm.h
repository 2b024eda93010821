#pragma once

// A dump of `ipvsadm -Sn` (ipvsadm-save -n) for weir: the input of `ipvsadm -R`, in the short and
// long spellings of ipvsadm(8), version 1.31. A dump lacks thresholds, timeouts and checks; the
// report reminds the operator. Pure.

#include <string>
#include <vector>

#include "import/draft.h"

namespace weir::importer {

/// A draft that has passed fit(). `interfaces`: empty = eth0, with a remark.
draft import_ipvsadm(const std::string& name, const std::string& text,
                     const std::vector<std::string>& interfaces, findings& notes);

} // namespace weir::importer
