#pragma once

// Waits until servers that get no new connections have none left (`--wait`). It asks the director
// for their services again and again; what counts is what `weirctl list` shows: active connections,
// and inactive ones, which are ending, or UDP, and stay until the timeout of their state. A server
// that leaves the list is empty. One that gets connections again makes the wait pointless: that is
// an error, as is time that runs out. Persistence may bring clients back to a drained server for
// ever; then it says so.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "message/client.h"

namespace weir::weirctl {

/// `changed`: as the director's answer names them. `loud`: prints what it waits for, now and each
/// half minute, and a line for each server that is empty. Throws std::runtime_error.
void wait_until_empty(message::client& director, const std::vector<nlohmann::json>& changed,
                      std::chrono::seconds most, bool loud);

/// Connections that a server still has.
struct left_over {
    std::uint64_t active = 0;
    std::uint64_t ending = 0; ///< inactive: closing, closed and not forgotten yet, or UDP

    std::uint64_t all() const { return active + ending; }
    left_over& operator+=(const left_over& more) {
        active += more.active;
        ending += more.ending;
        return *this;
    }
    friend bool operator==(const left_over&, const left_over&) = default;
};
/// "3 active connections, 12 ending or UDP".
std::string to_string(const left_over& left);

/// The connections of the server that `changed` names, among those that `list` shows; nothing =
/// it gets connections again. Pure.
std::optional<left_over> connections_left(const nlohmann::json& changed,
                                          const std::vector<nlohmann::json>& servers);

/// What keeps it from being empty, beside its connections, and what to do: persistence that brings
/// clients to it although it is drained; "" = nothing. Pure.
std::string why_clients_return(const nlohmann::json& changed,
                               const std::vector<nlohmann::json>& servers);

} // namespace weir::weirctl
