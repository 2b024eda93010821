#include "port/bond.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include <rte_errno.h>
#include <rte_eth_bond.h>
#include <rte_eth_bond_8023ad.h>
#include <rte_ethdev.h>
#include <rte_version.h>

#include "port/attachment.h"

namespace weir::port {

namespace {

// DPDK 23.11 gave these new names.
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
using lacp_info = struct rte_eth_bond_8023ad_member_info;
constexpr auto lacp_info_of = rte_eth_bond_8023ad_member_info;
constexpr auto add_member = rte_eth_bond_member_add;
constexpr auto remove_member = rte_eth_bond_member_remove;
constexpr auto active_members = rte_eth_bond_active_members_get;
#else
using lacp_info = struct rte_eth_bond_8023ad_slave_info;
constexpr auto lacp_info_of = rte_eth_bond_8023ad_slave_info;
constexpr auto add_member = rte_eth_bond_slave_add;
constexpr auto remove_member = rte_eth_bond_slave_remove;
constexpr auto active_members = rte_eth_bond_active_slaves_get;
#endif

constexpr std::uint8_t mode_number(config::bond_mode mode) {
    return mode == config::bond_mode::lacp ? BONDING_MODE_8023AD : BONDING_MODE_ACTIVE_BACKUP;
}

/// DPDK waits for interrupts of members that have some for their link, and those of emulated cards
/// (e1000, e1000e, vmxnet3) do not come. Members that say they have none it asks each 10 ms.
void ask_for_link(std::uint16_t member) {
    rte_eth_dev_info info{};
    if (rte_eth_dev_info_get(member, &info) == 0 && info.dev_flags != nullptr)
        *const_cast<std::uint32_t*>(info.dev_flags) &= ~std::uint32_t{RTE_ETH_DEV_INTR_LSC};
}

} // namespace

bond::bond(const std::string& configured_as, config::bond_mode mode,
           const std::vector<std::uint16_t>& members)
    : configured_as_(configured_as), name_(fmt::format("net_bonding{}", members.front())),
      mode_(mode) {
    const int socket = std::max(rte_eth_dev_socket_id(members.front()), 0);
    const int made =
        rte_eth_bond_create(name_.c_str(), mode_number(mode), static_cast<std::uint8_t>(socket));
    if (made < 0) device_fails(configured_as_, "DPDK cannot bond", made);
    id_ = static_cast<std::uint16_t>(made);
    try {
        for (const std::uint16_t member : members) {
            ask_for_link(member);
            if (const int error = add_member(id_, member); error != 0)
                device_fails(configured_as_, "DPDK refuses a member of the bond", error);
        }
        // By addresses and ports, as Linux's layer3+4: a flow stays on one member.
        const int error = mode == config::bond_mode::lacp
                              ? rte_eth_bond_xmit_policy_set(id_, BALANCE_XMIT_POLICY_LAYER34)
                              : rte_eth_bond_primary_set(id_, members.front());
        if (error != 0) device_fails(configured_as_, "DPDK refuses the bond's settings", error);
    } catch (...) {
        close();
        throw;
    }
}

bond::~bond() {
    close();
}

/// Its members leave first: DPDK frees no bond that has some.
void bond::close() {
    rte_eth_dev_stop(id_);
    rte_eth_dev_close(id_);
    rte_eth_bond_free(name_.c_str());
}

/// In active-backup the driver gives it to the member that carries packets. With LACP it leaves
/// each member its own, and cards would then drop what comes for the bond.
std::string bond::share_mac(const std::vector<std::uint16_t>& members) const {
    rte_ether_addr mac;
    if (mode_ != config::bond_mode::lacp || rte_eth_macaddr_get(id_, &mac) != 0) return "";
    for (const std::uint16_t member : members)
        if (const int error = rte_eth_dev_default_mac_addr_set(member, &mac); error != 0)
            return fmt::format("device {}: a member does not take the MAC address that all share: "
                               "it loses packets ({})",
                               configured_as_, rte_strerror(-error));
    return "";
}

bool bond::has_link(std::uint16_t member) const {
    std::array<std::uint16_t, config::most_members> active{};
    const int count = active_members(id_, active.data(), active.size());
    const std::span up(active.data(), static_cast<std::size_t>(std::max(count, 0)));
    return std::ranges::find(up, member) != up.end();
}

bool bond::carries(std::uint16_t member) const {
    if (!has_link(member)) return false;
    if (mode_ == config::bond_mode::active_backup) return rte_eth_bond_primary_get(id_) == member;
    constexpr unsigned both = STATE_COLLECTING | STATE_DISTRIBUTING;
    lacp_info info{};
    return lacp_info_of(id_, member, &info) == 0 && (info.actor_state & both) == both;
}

bool bond::remove(std::uint16_t member) {
    return remove_member(id_, member) == 0;
}

} // namespace weir::port
