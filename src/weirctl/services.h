#pragma once

// The answer to the command `list`: a line for the director, then for each service a line of its
// own and one for each of its servers. Here a service and its servers come together again, one
// service at a time.

#include <functional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "weirctl/client.h"

namespace weir::weirctl {

using director_taker = std::function<void(const nlohmann::json& director)>;
using service_taker =
    std::function<void(const nlohmann::json& service, const std::vector<nlohmann::json>& servers)>;

/// Asks, and hands over what comes, in the order of the configuration. Throws as client::ask().
void ask_services(client& director, const nlohmann::json& request,
                  const director_taker& take_director, const service_taker& take_service);

/// Those of all services.
void ask_services(client& director, const service_taker& take_service);

} // namespace weir::weirctl
