#pragma once

// Waits until servers that get no new connections have none left (`--wait`). It asks the director
// for their services again and again; what counts is what `weirctl list` shows, active and inactive
// connections. A server that leaves the list is empty. One that gets connections again makes the
// wait pointless: that is an error, as is time that runs out.

#include <chrono>
#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "weirctl/client.h"

namespace weir::weirctl {

/// `changed`: as the director's answer names them. `most`: nothing = for ever. `loud`: prints a
/// line for each server that is empty. Throws std::runtime_error.
void wait_until_empty(client& director, const std::vector<nlohmann::json>& changed,
                      std::optional<std::chrono::seconds> most, bool loud);

/// The connections of the server that `changed` names, among those that `list` shows; nothing =
/// it gets connections again. Pure.
std::optional<std::uint64_t> connections_left(const nlohmann::json& changed,
                                              const std::vector<nlohmann::json>& servers);

} // namespace weir::weirctl
