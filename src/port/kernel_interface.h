#pragma once

// Kernel interfaces that weir takes over (xdp:, packet:) or makes (twins): the few ioctls it needs.
// Control core only. A failure throws std::runtime_error with the interface's name, unless a
// comment says otherwise.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <linux/ethtool.h>

#include "net/types.h"

namespace weir::port {

std::vector<std::string> kernel_interfaces();
int interface_index(const std::string& name);
/// The same; 0 if there is none.
int interface_index_if_any(const std::string& name);
void bring_up(const std::string& name);
/// Also false if the interface is gone.
bool is_set_up(const std::string& name);
std::uint16_t interface_mtu(const std::string& name);
void set_interface_mtu(const std::string& name, std::uint16_t mtu);
void set_interface_mac(const std::string& name, const mac_address& mac);
/// Also false if the interface is gone.
bool interface_carrier(const std::string& name);
/// True if Linux has an address there, other than IPv6's link-local one.
bool has_addresses(const std::string& name);

/// A value of ethtool's by its command (ETHTOOL_GGRO, ...); none if the driver lacks it.
std::optional<std::uint32_t> ethtool_value_of(const std::string& name, std::uint32_t command);
/// False if the driver refuses.
bool set_ethtool_value(const std::string& name, std::uint32_t command, std::uint32_t value);
/// The interface's queues, as `ethtool -l` shows them.
std::optional<ethtool_channels> channels_of(const std::string& name);
/// False if the driver refuses.
bool set_channels(const std::string& name, ethtool_channels channels);

} // namespace weir::port
