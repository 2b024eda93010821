#pragma once

// Services as `ipvsadm -Sn` prints them and `ipvsadm -R` reads them. A note, one line, names what
// these words cannot say. Pure.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace weir::weirctl {

/// A service with its servers, once for each address it listens on; as the command `list` sends
/// them.
std::string save_service(const nlohmann::json& service, const std::vector<nlohmann::json>& servers,
                         std::vector<std::string>& notes);

} // namespace weir::weirctl
