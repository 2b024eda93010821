#pragma once

// Words that keepalived.conf and ipvsadm have in common. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::importer {

/// A whole number without sign; nothing else.
std::optional<std::uint64_t> whole_number(std::string_view text);

/// Has LVS a scheduler of this name? weir has each of those.
bool is_scheduler_of_lvs(std::string_view name);

} // namespace weir::importer
