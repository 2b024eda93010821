#pragma once

// Words that keepalived.conf and ipvsadm share. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/encapsulation.h"

namespace weir::importer {

/// A whole number without sign, and nothing else.
std::optional<std::uint64_t> whole_number(std::string_view text);

/// True if LVS has a scheduler of this name. weir has all of them.
bool is_scheduler_of_lvs(std::string_view name);

/// What weir has for a kind of tunnel of LVS.
struct tunnel_match {
    encapsulation encap = encapsulation::ipip;
    std::string why_not; ///< "" = `encap` is the same
};
/// `checksum`: nocsum, csum, remcsum, or "" if none is given, which LVS takes for nocsum. Only a
/// receiver set up for the same takes such packets.
tunnel_match match_tunnel(std::string_view type, std::string_view checksum);

} // namespace weir::importer
