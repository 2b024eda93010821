#pragma once

// The answer to the command `list`: a line for the director, then for each service a line of its
// own and one for each of its servers. Here a service and its servers come together again, one
// service at a time.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "message/client.h"

namespace weir::message {

using director_taker = std::function<void(const nlohmann::json& director)>;
using service_taker =
    std::function<void(const nlohmann::json& service, const std::vector<nlohmann::json>& servers)>;

/// Asks, and hands over what comes, in the order of the configuration. Throws as client::ask().
void ask_services(client& director, const nlohmann::json& request,
                  const director_taker& take_director, const service_taker& take_service);

/// Those of all services.
void ask_services(client& director, const service_taker& take_service);

/// "192.0.2.11:80", "[2001:db8::11]:80".
std::string with_port(const std::string& address, std::string_view port);

/// The address of a server as `list` sends it, with its port if it has one of its own.
std::string name_of(const nlohmann::json& server);

} // namespace weir::message
