#include "port/bond.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

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
    for (const std::uint16_t member : members)
        if (add_member(id_, member) != 0) {
            rte_eth_bond_free(name_.c_str());
            device_fails(configured_as_, fmt::format("DPDK refuses member {} of the bond",
                                                     &member - members.data() + 1));
        }
    // By addresses and ports, as Linux's layer3+4: a flow stays on one member.
    if (mode == config::bond_mode::lacp)
        rte_eth_bond_xmit_policy_set(id_, BALANCE_XMIT_POLICY_LAYER34);
}

bond::~bond() {
    rte_eth_dev_stop(id_);
    rte_eth_dev_close(id_);
    rte_eth_bond_free(name_.c_str());
}

bool bond::carries(std::uint16_t member) const {
    if (mode_ == config::bond_mode::active_backup) {
        if (rte_eth_bond_primary_get(id_) != member) return false;
    } else {
        constexpr unsigned both = STATE_COLLECTING | STATE_DISTRIBUTING;
        lacp_info info{};
        if (lacp_info_of(id_, member, &info) != 0 || (info.actor_state & both) != both)
            return false;
    }
    std::array<std::uint16_t, config::most_members> active{};
    const int count = active_members(id_, active.data(), active.size());
    const std::span up(active.data(), static_cast<std::size_t>(std::max(count, 0)));
    return std::ranges::find(up, member) != up.end();
}

void bond::remove(std::uint16_t member) {
    if (const int error = remove_member(id_, member); error != 0)
        device_fails(configured_as_, "DPDK does not let a member leave the bond", error);
}

} // namespace weir::port
