#pragma once

// Words that keepalived.conf and ipvsadm share. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::importer {

/// A whole number without sign, and nothing else.
std::optional<std::uint64_t> whole_number(std::string_view text);

/// True if LVS has a scheduler of this name. weir has all of them.
bool is_scheduler_of_lvs(std::string_view name);

} // namespace weir::importer
