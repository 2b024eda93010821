// What `device =` says, in its one form and in parts.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/device.h"

namespace weir::config {
namespace {

TEST(config_device, each_has_one_form) {
    EXPECT_EQ(device_form("3B:00.0"), "0000:3b:00.0");
    EXPECT_EQ(device_form("xdp:eth1"), "xdp:eth1");
    EXPECT_EQ(device_form("net_tap0,iface=tap0"), "net_tap0,iface=tap0");
    EXPECT_EQ(device_form("bond:active-backup,3B:00.0,0000:3b:00.1"),
              "bond:active-backup,0000:3b:00.0,0000:3b:00.1");
}

TEST(config_device, a_bond_has_a_mode_and_members) {
    const std::string device = "bond:lacp,0000:03:00.0,0000:03:00.1,0000:03:00.2";
    EXPECT_EQ(bond_of(device), bond_mode::lacp);
    EXPECT_EQ(members_of(device),
              (std::vector<std::string>{"0000:03:00.0", "0000:03:00.1", "0000:03:00.2"}));
    EXPECT_EQ(bond_of("bond:active-backup,0000:03:00.0,0000:03:00.1"), bond_mode::active_backup);
}

TEST(config_device, any_other_is_its_only_member) {
    for (const std::string device : {"0000:03:00.0", "packet:eth1", "net_tap0,iface=tap0", ""}) {
        EXPECT_EQ(bond_of(device), std::nullopt) << device;
        EXPECT_EQ(members_of(device), std::vector{device});
    }
}

TEST(config_device, interfaces_have_a_name_in_linux) {
    EXPECT_EQ(interface_of("packet:eth1"), "eth1");
    EXPECT_EQ(interface_of("net_tap0,iface=tap0,mac=fixed"), "tap0");
    EXPECT_EQ(interface_of("0000:03:00.0"), "");
    EXPECT_TRUE(is_card("0000:03:00.0"));
    EXPECT_FALSE(is_card("packet:eth1"));
}

} // namespace
} // namespace weir::config
