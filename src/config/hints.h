#pragma once

// Words of other programs, and what weir calls the same: for messages to people who come from
// ipvsadm, keepalived or HAProxy. Pure: any thread.

#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// weir's word for another program's, if it is one of `allowed`: "nat" for "masq"; else "".
std::string weirs_word(std::string_view word, const std::vector<std::string>& allowed);

/// What to write instead of a key that [kind] does not have: "`server = ADDRESS weight=N`" for the
/// key "weight" of a service; "" if there is nothing to say.
std::string instead_of_key(std::string_view kind, std::string_view key);

/// What to do with a file that has this line before its first section; "" if the line does not show
/// whose file it is.
std::string instead_of_file(std::string_view line);

} // namespace weir::config
