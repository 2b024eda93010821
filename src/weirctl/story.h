#pragma once

// A packet's story in words, from the director's JSON. Pure.

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace weir::weirctl {

/// The record as the command `trace` sends it: a line about the packet, then an indented one for
/// each thing that happened.
std::string story_text(const nlohmann::json& record);

} // namespace weir::weirctl
