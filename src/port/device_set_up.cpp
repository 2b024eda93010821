// What a device is told before and after it starts: queues, offloads, and which frames to accept.

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "port/device.h"

namespace weir::port {

namespace {

constexpr std::uint16_t default_descriptors = 1024;
constexpr unsigned link_overhead = 14 + 4; ///< Ethernet header and checksum

} // namespace

void device::set_up_queues(const config::port& wanted, bool tagged, unsigned workers,
                           rte_mempool* pool) {
    rte_eth_dev_info info;
    if (const int error = rte_eth_dev_info_get(id_, &info); error != 0)
        fail("gives no information about itself", error);
    const std::uint64_t hashes =
        info.flow_type_rss_offloads
        & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP);
    // Kernel interfaces and other virtual devices spread by their own means.
    const bool spreads = hashes != 0 || !is_of_cards();
    const queue_counts queues =
        queues_for(wanted.queues, workers, {info.max_rx_queues, info.max_tx_queues, spreads});
    rx_queues_ = queues.rx;
    tx_queues_ = queues.tx;

    rte_eth_conf conf{};
    // AF_PACKET and AF_XDP report at most 1500 here, but carry whatever their interface does.
    const bool takes_mtu = wanted.mtu >= info.min_mtu && wanted.mtu <= info.max_mtu
                           && wanted.mtu + link_overhead <= info.max_rx_pktlen;
    if (takes_mtu)
        conf.rxmode.mtu = wanted.mtu;
    else if (!attached_.front()->is_interface())
        fail(fmt::format("supports MTUs from {} to {}, not {}", info.min_mtu,
                         std::min<unsigned>(info.max_mtu, info.max_rx_pktlen - link_overhead),
                         wanted.mtu));
    conf.intr_conf.rmv = (*info.dev_flags & RTE_ETH_DEV_INTR_RMV) != 0; // recall.h hears of it
    conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
    filters_vlans_ = tagged && (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0;
    if (filters_vlans_) conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
    if (rx_queues_ > 1 && hashes != 0) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = hashes;
    }
    const auto offer = [this](const char* name, bool offered, bool used) {
        if (offered) offloads_.push_back({name, used});
    };
    offer("rss", hashes != 0, conf.rxmode.mq_mode == RTE_ETH_MQ_RX_RSS);
    offer("receive checksum", (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0, true);
    offer("vlan filter", (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0,
          filters_vlans_);
    // Nothing that weir sends has a checksum left to make: docs/decisions/no-checksum-trust.md.
    offer("transmit checksum", (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0, false);
    if (const int error = rte_eth_dev_configure(id_, static_cast<std::uint16_t>(rx_queues_),
                                                static_cast<std::uint16_t>(tx_queues_), &conf);
        error != 0)
        fail("rejects its settings", error);

    std::uint16_t rx_descriptors =
        wanted.descriptors != 0 ? wanted.descriptors : default_descriptors;
    std::uint16_t tx_descriptors = rx_descriptors;
    rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors, &tx_descriptors);
    const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id_));
    for (std::uint16_t q = 0; q < rx_queues_; ++q)
        if (const int error = rte_eth_rx_queue_setup(id_, q, rx_descriptors, socket, nullptr, pool);
            error != 0)
            fail(fmt::format("cannot set up receive queue {}", q), error);
    for (std::uint16_t q = 0; q < tx_queues_; ++q)
        if (const int error = rte_eth_tx_queue_setup(id_, q, tx_descriptors, socket, nullptr);
            error != 0)
            fail(fmt::format("cannot set up transmit queue {}", q), error);
}

/// Some devices (virtio, virtual functions) let tagged frames through only if they are asked to.
void device::filter_vlans(const std::vector<std::uint16_t>& vlans, const notify& warn) {
    for (const std::uint16_t vlan : vlans)
        if (const int error = rte_eth_dev_vlan_filter(id_, vlan, 1); error != 0 && vlan != 0)
            warn(fmt::format("device {} does not add VLAN {} to its filter: {}", configured_as_,
                             vlan, rte_strerror(-error)));
}

/// Calls `set(port)` for the bond and each member: a bond looks at such things for itself, and
/// passes them on only to the member that carries packets now. Returns what failed. Virtual devices
/// accept every frame and may not support this.
std::string device::set_each(int (*set)(std::uint16_t), const char* what) {
    std::string trouble;
    const auto set_one = [&](std::uint16_t id, const std::string& name) {
        if (const int error = set(id); error != 0 && is_of_cards() && trouble.empty())
            trouble = fmt::format("device {} does not {}: {}", name, what, rte_strerror(-error));
    };
    if (bond_) set_one(id_, configured_as_);
    for (const auto& member : attached_)
        if (member->is_open()) set_one(member->id(), member->configured_as());
    return trouble;
}

std::string device::accept_multicast() {
    if (!is_of_cards()) return ""; // takeover.h has done it for interfaces
    return set_each(rte_eth_allmulticast_enable,
                    "accept all multicast: IPv6 neighbours may not reach weir");
}

std::string device::accept_other_macs(bool wanted) {
    const bool all = wanted || promiscuous_;
    if (all == other_macs_) return "";
    std::string trouble;
    if (takeover* const interface = attached_.front()->interface())
        trouble = interface->accept_other_macs(all);
    else if (all)
        trouble = set_each(rte_eth_promiscuous_enable, "accept frames for other MAC addresses");
    else if (const int error = rte_eth_promiscuous_disable(id_); error != 0)
        // Not each member: LACP may need it so.
        trouble = fmt::format("device {} does not ignore frames for other MAC addresses: {}",
                              configured_as_, rte_strerror(-error));
    if (trouble.empty()) other_macs_ = all;
    return trouble;
}

} // namespace weir::port
