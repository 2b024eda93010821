#include "port/device.h"

#include <algorithm>
#include <cerrno>
#include <exception>

#include <fmt/format.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "config/device.h"

namespace weir::port {

namespace {

/// As frame_room(), through one member of the device.
unsigned room_through(const std::string& member, std::uint16_t mtu) {
    constexpr unsigned link = 14 + 2 * 4 + 4; // Ethernet, tags, checksum
    if (kind_of(member) == takeover::kind::packet) return packet_slot(mtu);
    if (!config::is_card(member)) return mtu + link;
    // Virtio puts a header of its own before the frame. Intel's cards take a buffer for smaller
    // than it is: by up to 1 KiB, or more (e1000 knows powers of two), and cut what does not fit.
    constexpr unsigned virtio = 12;
    constexpr unsigned step = 1024;
    return (mtu + link + virtio + step - 1) / step * step;
}

device_counters counters_of(std::uint16_t id) {
    rte_eth_stats stats{};
    rte_eth_stats_get(id, &stats);
    return {stats.ipackets,  stats.ibytes,   stats.imissed, stats.ierrors,
            stats.rx_nombuf, stats.opackets, stats.obytes,  stats.oerrors};
}

} // namespace

device_counters operator+(const device_counters& a, const device_counters& b) {
    return {a.rx_packets + b.rx_packets,     a.rx_bytes + b.rx_bytes,
            a.rx_missed + b.rx_missed,       a.rx_errors + b.rx_errors,
            a.rx_no_buffer + b.rx_no_buffer, a.tx_packets + b.tx_packets,
            a.tx_bytes + b.tx_bytes,         a.tx_errors + b.tx_errors};
}

unsigned frame_room(const config::port& port) {
    unsigned room = 0;
    for (const std::string& member : config::members_of(port.device))
        room = std::max(room, room_through(member, port.mtu));
    return room;
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

device::device(const config::port& wanted, const std::vector<std::uint16_t>& vlans,
               unsigned workers, rte_mempool* pool, const std::string& state_dir,
               const notify& warn)
    : configured_as_(wanted.device) {
    try {
        open(wanted, vlans, workers, pool, state_dir, warn);
    } catch (...) {
        close(); // otherwise an AF_XDP program would outlive the process
        throw;
    }
}

device::~device() {
    close();
}

void device::open(const config::port& wanted, const std::vector<std::uint16_t>& vlans,
                  unsigned workers, rte_mempool* pool, const std::string& state_dir,
                  const notify& warn) {
    find(wanted, workers, state_dir, warn);
    set_up_queues(wanted, !vlans.empty(), workers, pool);
    rte_ether_addr mac;
    if (const int error = rte_eth_macaddr_get(id_, &mac); error != 0)
        fail("has no MAC address", error);
    std::copy(std::begin(mac.addr_bytes), std::end(mac.addr_bytes), mac_.bytes.begin());
    if (const int error = rte_eth_dev_start(id_); error != 0)
        fail(error == -ENOMEM ? "cannot be started: raise `memory`, or lower `descriptors`"
                              : "cannot be started",
             error);
    if (bond_)
        if (const std::string trouble = bond_->share_mac(member_ids()); !trouble.empty())
            warn(trouble);
    if (filters_vlans_) filter_vlans(vlans, warn);
    promiscuous_ = wanted.promiscuous;
    if (const std::string trouble = accept_other_macs(false); !trouble.empty()) warn(trouble);
    if (const std::string trouble = accept_multicast(); !trouble.empty()) warn(trouble);
    if (rx_queues_ < workers)
        warn(fmt::format("device {} has {} receive queues for {} workers: these feed the others by "
                         "software",
                         configured_as_, rx_queues_, workers));
}

void device::find(const config::port& wanted, unsigned workers, const std::string& state_dir,
                  const notify& warn) {
    const unsigned queues =
        wanted.queues != 0 ? std::min<unsigned>(wanted.queues, workers) : workers;
    const auto mode = config::bond_of(wanted.device);
    for (const std::string& member : config::members_of(wanted.device)) {
        try {
            attached_.push_back(
                std::make_unique<attachment>(member, wanted.mtu, queues, state_dir, warn));
        } catch (const std::exception& missing) {
            if (!mode) throw;
            warn(fmt::format("{}: the bond begins without it", missing.what()));
        }
    }
    if (attached_.empty()) fail("none of its members is there");
    id_ = attached_.front()->id();
    if (mode) id_ = bond_.emplace(configured_as_, *mode, member_ids()).id();
}

std::vector<std::uint16_t> device::member_ids() const {
    std::vector<std::uint16_t> ids;
    for (const auto& member : attached_)
        ids.push_back(member->id());
    return ids;
}

void device::close() {
    const std::lock_guard alone(look_);
    bond_.reset();
    for (const auto& member : attached_)
        member->close();
}

std::vector<member_state> device::members() const {
    std::vector<member_state> all;
    if (!bond_) return all;
    for (const auto& member : attached_)
        all.push_back({member->configured_as(), member->is_open() && bond_->has_link(member->id()),
                       member->is_open() && bond_->carries(member->id())});
    return all;
}

bool device::is_open() const {
    return std::ranges::any_of(attached_, [](const auto& member) { return member->is_open(); });
}

bool device::link_is_up() const {
    const std::lock_guard alone(look_);
    if (bond_) return std::ranges::any_of(members(), &member_state::carries);
    return attached_.front()->link_is_up();
}

bool device::link_is_up_now() const {
    const std::lock_guard alone(look_);
    if (!bond_) return attached_.front()->link_is_up();
    rte_eth_link link{};
    return rte_eth_link_get_nowait(id_, &link) != 0 || link.link_status == RTE_ETH_LINK_UP;
}

bool device::was_replaced() const {
    return std::ranges::any_of(attached_,
                               [](const auto& member) { return member->was_replaced(); });
}

bool device::is_recalled() const {
    return is_open() && std::ranges::all_of(attached_, [](const auto& member) {
               return member->is_recalled() || !member->is_open();
           });
}

attachment* device::recalled_member() {
    if (!bond_ || is_recalled()) return nullptr;
    for (const auto& member : attached_)
        if (member->is_recalled() && !left_.contains(member.get())) return member.get();
    return nullptr;
}

bool device::let_go(const attachment& member) {
    left_.insert(&member);
    const device_counters its = counters_of(member.id());
    if (!bond_->remove(member.id())) return false;
    gone_ = gone_ + its;
    return true;
}

bool device::is_back() const {
    return !is_open()
           && std::ranges::any_of(attached_, [](const auto& member) { return member->is_back(); });
}

const attachment* device::member_that_is_back() {
    if (!is_open()) return nullptr;
    const auto back = std::ranges::find_if(left_, &attachment::is_back);
    return back == left_.end() ? nullptr : left_.extract(back).value();
}

std::uint32_t device::speed() const {
    const std::lock_guard alone(look_);
    rte_eth_link link{};
    const bool known = is_open() && !attached_.front()->is_interface()
                       && rte_eth_link_get_nowait(id_, &link) == 0
                       && link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
    return known ? link.link_speed : 0;
}

std::vector<std::uint64_t> device::received_by_queue() const {
    rte_eth_stats stats{};
    if (!is_open() || rx_queues_ > RTE_ETHDEV_QUEUE_STAT_CNTRS
        || rte_eth_stats_get(id_, &stats) != 0)
        return {};
    std::vector<std::uint64_t> received(stats.q_ipackets, stats.q_ipackets + rx_queues_);
    const bool counts = std::ranges::any_of(received, [](std::uint64_t n) { return n != 0; });
    return counts ? received : std::vector<std::uint64_t>{};
}

device_counters device::counters() const {
    return is_open() ? gone_ + counters_of(id_) : gone_;
}

} // namespace weir::port
