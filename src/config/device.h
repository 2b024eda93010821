#pragma once

// What `device =` of a port says: a card, a kernel interface, a vdev of DPDK's, or several cards
// bonded. Pure: any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// How bonded members share the work (IEEE 802.1AX; Linux's modes 1 and 4).
enum class bond_mode : std::uint8_t {
    active_backup, ///< one carries everything; another takes over when its link is down
    lacp,          ///< the switch and weir agree on those that carry packets, by LACP
};

/// The members of a bond, at most.
inline constexpr std::size_t most_members = 8;

/// The value in the one form that the functions below understand: PCI addresses have their domain,
/// and small letters. Throws bad_value.
std::string device_form(const std::string& value);

/// Nothing: the device is not a bond.
std::optional<bond_mode> bond_of(std::string_view device);

/// The members of a bond; the device itself if it is none.
std::vector<std::string> members_of(std::string_view device);

/// The member is a PCI address.
bool is_card(const std::string& member);

/// The interface of Linux's that a member takes its packets from; "" if it takes them from none.
std::string_view interface_of(std::string_view member);

} // namespace weir::config
