#pragma once

// Services as `ipvsadm -Sn` prints them and `ipvsadm -R` reads them. A note, one line, names what
// these words cannot say. Pure.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "weirctl/commands.h"

namespace weir::weirctl {

/// A service with its servers, once for each address it listens on; as the command `list` sends
/// them.
std::string save_service(const nlohmann::json& service, const std::vector<nlohmann::json>& servers,
                         std::vector<std::string>& notes);

/// The answer to `changes` as lines of the configuration file, by service: `+` to add, `-` to take
/// out, two spaces for what else differs. Pure.
std::string changes_text(const std::vector<nlohmann::json>& changes);

void save_changes(const invocation& call);

} // namespace weir::weirctl
