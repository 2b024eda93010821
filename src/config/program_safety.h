#pragma once

// Who could change a program that weir runs, by its owners and modes: what keepalived's
// script_security asks. weir runs programs as itself, mostly as root, so whoever may write the
// file, or a folder on the way to it, may run anything as root. A sticky folder (/tmp) counts as
// safe: there only its owner renames or removes a file. Looks at the file system; any thread.

#include <string>

namespace weir::config {

/// The first file or folder of this absolute path that others than root and weir's own user may
/// change, and why: "/opt/x is writable by its group"; "" = none. The file must exist. Links count
/// on both ends.
std::string changeable_part(const std::string& path);

} // namespace weir::config
