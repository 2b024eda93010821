#include "port/device.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_pci.h>

#include "port/fanout.h"
#include "port/kernel_interface.h"

namespace weir::port {

namespace {

constexpr std::uint16_t default_descriptors = 1024;
constexpr unsigned link_overhead = 14 + 4; ///< Ethernet header and checksum
constexpr unsigned page = 4096;
constexpr unsigned packet_frames = 2048; ///< frames in an AF_PACKET ring; a power of two

/// AF_PACKET puts each frame after its own header, into slots. The driver takes slots for lying one
/// behind the other, and Linux keeps whole slots in blocks of whole pages: two slots share a page,
/// or each is a block of its own.
unsigned packet_frame_size(std::uint16_t mtu) {
    constexpr unsigned around = 160;
    return mtu + around <= page / 2 ? page / 2 : (mtu + around + page - 1) / page * page;
}

} // namespace

bool is_pci_address(const std::string& device) {
    rte_pci_addr parsed;
    return rte_pci_addr_parse(device.c_str(), &parsed) == 0;
}

unsigned frame_room(const config::port& port) {
    constexpr unsigned link = 14 + 2 * 4 + 4; // Ethernet, tags, checksum
    if (port.device.starts_with("packet:")) return packet_frame_size(port.mtu);
    if (!is_pci_address(port.device)) return port.mtu + link;
    // Virtio puts a header of its own before the frame. Intel's cards take a buffer for smaller
    // than it is: by up to 1 KiB, or more (e1000 knows powers of two), and cut what does not fit.
    constexpr unsigned virtio = 12;
    constexpr unsigned step = 1024;
    return (port.mtu + link + virtio + step - 1) / step * step;
}

std::optional<takeover::kind> kind_of(const config::port& port) {
    if (port.device.starts_with("xdp:")) return takeover::kind::xdp;
    if (port.device.starts_with("packet:")) return takeover::kind::packet;
    return std::nullopt;
}

config::port together(const std::vector<config::port>& all, const config::port& first) {
    config::port whole = first;
    for (const config::port& port : all) {
        if (port.device != first.device) continue;
        whole.mtu = std::max(whole.mtu, port.mtu);
        whole.promiscuous |= port.promiscuous;
    }
    return whole;
}

std::vector<std::uint16_t> vlans_of(const std::vector<config::port>& all,
                                    const std::string& device) {
    std::vector<std::uint16_t> vlans;
    for (const config::port& port : all)
        if (port.device == device && port.vlan != 0) vlans.push_back(port.vlan);
    if (!vlans.empty()) vlans.push_back(0);
    return vlans;
}

queue_counts queues_for(unsigned wanted, unsigned workers, const queue_offer& offer) {
    if (!offer.spreads) return {1, 1};
    const unsigned queues = wanted != 0 ? std::min(wanted, workers) : workers;
    return {std::clamp(queues, 1u, std::max(offer.most_rx, 1u)),
            std::clamp(queues, 1u, std::max(offer.most_tx, 1u))};
}

std::vector<unsigned> starved_queues(const std::vector<std::uint64_t>& received) {
    constexpr std::uint64_t no_accident = 100'000; // packets of the busiest queue
    std::vector<unsigned> starved;
    if (received.empty() || *std::ranges::max_element(received) < no_accident) return starved;
    for (unsigned q = 0; q < received.size(); ++q)
        if (received[q] == 0) starved.push_back(q);
    return starved;
}

device_plan plan_device(const config::port& wanted, unsigned number, unsigned queues) {
    const std::string& device = wanted.device;
    if (is_pci_address(device)) return {device, "", ""};
    const auto kind = kind_of(wanted);
    const std::string interface = kind ? device.substr(device.find(':') + 1) : "";
    if (kind == takeover::kind::xdp)
        return {fmt::format("net_af_xdp{}", number),
                fmt::format("iface={},start_queue=0,queue_count={}", interface, queues), interface};
    if (kind == takeover::kind::packet) {
        const unsigned frame = packet_frame_size(wanted.mtu);
        return {fmt::format("net_af_packet{}", number),
                fmt::format("iface={},qpairs={},framesz={},blocksz={},framecnt={},qdisc_bypass=0",
                            interface, queues, frame, std::max(frame, page), packet_frames),
                interface};
    }
    const std::size_t comma = device.find(',');
    return {device.substr(0, comma), comma == std::string::npos ? "" : device.substr(comma + 1),
            ""};
}

void device::fail(const std::string& what, int error) const {
    const std::string reason =
        error == 0 ? "" : fmt::format(": {}", rte_strerror(error < 0 ? -error : error));
    throw std::runtime_error(fmt::format("device {}: {}{}", configured_as_, what, reason));
}

device::device(const config::port& wanted, const std::vector<std::uint16_t>& vlans, unsigned number,
               unsigned workers, rte_mempool* pool, const std::string& state_dir,
               const notify& warn)
    : configured_as_(wanted.device) {
    try {
        open(wanted, vlans, number, workers, pool, state_dir, warn);
    } catch (...) {
        close(); // otherwise an AF_XDP program would outlive the process
        throw;
    }
}

device::~device() {
    close();
}

void device::open(const config::port& wanted, const std::vector<std::uint16_t>& vlans,
                  unsigned number, unsigned workers, rte_mempool* pool,
                  const std::string& state_dir, const notify& warn) {
    find(wanted, number, workers, state_dir, warn);
    set_up_queues(wanted, !vlans.empty(), workers, pool);
    rte_ether_addr mac;
    if (const int error = rte_eth_macaddr_get(id_, &mac); error != 0)
        fail("has no MAC address", error);
    std::copy(std::begin(mac.addr_bytes), std::end(mac.addr_bytes), mac_.bytes.begin());
    if (const int error = rte_eth_dev_start(id_); error != 0)
        fail(error == -ENOMEM ? "cannot be started: raise `memory`, or lower `descriptors`"
                              : "cannot be started",
             error);
    if (filters_vlans_) filter_vlans(vlans, warn);
    // Virtual devices accept every frame and may not support these calls.
    const auto tell = [&](int error, const char* what) {
        if (error != 0 && is_pci_address(plan_.name))
            warn(fmt::format("device {} does not {}: {}", configured_as_, what,
                             rte_strerror(-error)));
    };
    if (wanted.promiscuous)
        tell(rte_eth_promiscuous_enable(id_), "accept frames for other MAC addresses");
    tell(rte_eth_allmulticast_enable(id_),
         "accept all multicast: IPv6 neighbours may not reach weir");
    if (rx_queues_ < workers)
        warn(fmt::format("device {} has {} receive queues for {} workers: these feed the others by "
                         "software",
                         configured_as_, rx_queues_, workers));
}

/// Some devices (virtio, virtual functions) let tagged frames through only if they are asked to.
void device::filter_vlans(const std::vector<std::uint16_t>& vlans, const notify& warn) {
    for (const std::uint16_t vlan : vlans)
        if (const int error = rte_eth_dev_vlan_filter(id_, vlan, 1); error != 0 && vlan != 0)
            warn(fmt::format("device {} does not add VLAN {} to its filter: {}", configured_as_,
                             vlan, rte_strerror(-error)));
}

void device::find(const config::port& wanted, unsigned number, unsigned workers,
                  const std::string& state_dir, const notify& warn) {
    unsigned queues = wanted.queues != 0 ? std::min<unsigned>(wanted.queues, workers) : workers;
    const auto kind = kind_of(wanted);
    if (kind) {
        const std::string interface = plan_device(wanted, number, queues).interface;
        queues = interface_.emplace(interface, *kind, wanted.mtu, queues, state_dir, warn).queues();
    }
    plan_ = plan_device(wanted, number, queues);
    const unsigned before = fanouts_without_defragmentation();
    if (!is_pci_address(plan_.name)
        && rte_eal_hotplug_add("vdev", plan_.name.c_str(), plan_.arguments.c_str()) != 0)
        fail(fmt::format("DPDK cannot open {} with `{}`", plan_.name, plan_.arguments), rte_errno);
    if (rte_eth_dev_get_port_by_name(plan_.name.c_str(), &id_) != 0)
        fail("was not found; `dpdk-devbind.py --status` lists cards and their drivers");
    found_ = true;
    if (is_pci_address(plan_.name)) recall_.emplace(plan_.name);
    if (kind == takeover::kind::packet && fanouts_without_defragmentation() == before)
        warn(fmt::format("device {}: Linux puts IPv4 fragments together: datagrams above the MTU "
                         "are lost",
                         configured_as_));
}

void device::close() {
    if (!std::exchange(found_, false)) return;
    rte_eth_dev_info info{};
    rte_eth_dev_info_get(id_, &info);
    rte_eth_dev_stop(id_);
    rte_eth_dev_close(id_);
    if (!is_pci_address(plan_.name))
        rte_eal_hotplug_remove("vdev", plan_.name.c_str());
    else if (is_recalled() && info.device != nullptr)
        rte_dev_remove(info.device); // otherwise EAL has it until it ends
}

void device::set_up_queues(const config::port& wanted, bool tagged, unsigned workers,
                           rte_mempool* pool) {
    rte_eth_dev_info info;
    if (const int error = rte_eth_dev_info_get(id_, &info); error != 0)
        fail("gives no information about itself", error);
    const std::uint64_t hashes =
        info.flow_type_rss_offloads
        & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP);
    // Kernel interfaces and other virtual devices spread by their own means.
    const bool spreads = hashes != 0 || !is_pci_address(plan_.name);
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
    else if (plan_.interface.empty())
        fail(fmt::format("supports MTUs from {} to {}, not {}", info.min_mtu,
                         std::min<unsigned>(info.max_mtu, info.max_rx_pktlen - link_overhead),
                         wanted.mtu));
    conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
    filters_vlans_ = tagged && (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0;
    if (filters_vlans_) conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
    if (rx_queues_ > 1 && hashes != 0) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = hashes;
    }
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

bool device::link_is_up() const {
    if (!found_) return false;
    // AF_XDP and AF_PACKET say "up" always; their kernel interface knows.
    if (!plan_.interface.empty()) return interface_carrier(plan_.interface);
    rte_eth_link link{};
    return rte_eth_link_get_nowait(id_, &link) != 0 || link.link_status == RTE_ETH_LINK_UP;
}

bool device::was_replaced() const {
    if (!interface_) return false;
    const int index = interface_index_if_any(plan_.interface);
    return index != 0 && index != interface_->index();
}

std::uint32_t device::speed() const {
    rte_eth_link link{};
    const bool known = found_ && plan_.interface.empty() && rte_eth_link_get_nowait(id_, &link) == 0
                       && link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
    return known ? link.link_speed : 0;
}

std::vector<std::uint64_t> device::received_by_queue() const {
    rte_eth_stats stats{};
    if (!found_ || rx_queues_ > RTE_ETHDEV_QUEUE_STAT_CNTRS || rte_eth_stats_get(id_, &stats) != 0)
        return {};
    std::vector<std::uint64_t> received(stats.q_ipackets, stats.q_ipackets + rx_queues_);
    const bool counts = std::ranges::any_of(received, [](std::uint64_t n) { return n != 0; });
    return counts ? received : std::vector<std::uint64_t>{};
}

device_counters device::counters() const {
    rte_eth_stats stats{};
    if (found_) rte_eth_stats_get(id_, &stats);
    return {stats.ipackets,  stats.ibytes,   stats.imissed, stats.ierrors,
            stats.rx_nombuf, stats.opackets, stats.obytes,  stats.oerrors};
}

} // namespace weir::port
