#pragma once

// Kernel interfaces that weir takes over (xdp:, packet:) or makes (twins): the few ioctls it needs.
// Control core only. All throw std::runtime_error with the interface's name.

#include <cstdint>
#include <string>
#include <vector>

#include "net/types.h"

namespace weir::port {

std::vector<std::string> kernel_interfaces();
int interface_index(const std::string& name);
void bring_up(const std::string& name);
void set_interface_mtu(const std::string& name, std::uint16_t mtu);
void set_interface_mac(const std::string& name, const mac_address& mac);
bool interface_carrier(const std::string& name);

} // namespace weir::port
