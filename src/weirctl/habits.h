#pragma once

// Words of ipvsadm and HAProxy that people type by habit: each error names weirctl's own command.
// Pure.

#include <string>
#include <vector>

namespace weir::weirctl {

/// Throws config::usage_error if the command line begins as one of ipvsadm's does.
void refuse_habits_of_ipvsadm(const std::vector<std::string>& arguments);

/// What to do instead of a command that weirctl does not have: "use `weirctl disable SERVER`" for
/// "maint"; "" if it is nobody's. `words`: those behind it.
std::string instead_of_command(const std::string& name, const std::vector<std::string>& words);

/// The same for words behind a command that weirctl has: HAProxy writes "disable server web/web1".
std::string instead_of_words(const std::string& command, const std::vector<std::string>& words);

} // namespace weir::weirctl
