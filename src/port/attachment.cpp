#include "port/attachment.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "config/device.h"
#include "port/fanout.h"
#include "port/kernel_interface.h"

namespace weir::port {

namespace {

constexpr unsigned page = 4096;
constexpr unsigned packet_frames = 2048; ///< frames in an AF_PACKET ring; a power of two

} // namespace

/// AF_PACKET puts each frame after its own header, into slots. The driver takes slots for lying one
/// behind the other, and Linux keeps whole slots in blocks of whole pages: two slots share a page,
/// or each is a block of its own.
unsigned packet_slot(std::uint16_t mtu) {
    constexpr unsigned around = 160;
    return mtu + around <= page / 2 ? page / 2 : (mtu + around + page - 1) / page * page;
}

std::optional<takeover::kind> kind_of(const std::string& member) {
    if (member.starts_with("xdp:")) return takeover::kind::xdp;
    if (member.starts_with("packet:")) return takeover::kind::packet;
    return std::nullopt;
}

device_plan plan_device(const std::string& member, std::uint16_t mtu, unsigned queues) {
    if (config::is_card(member)) return {member, "", ""};
    const auto kind = kind_of(member);
    const std::string interface = kind ? std::string(config::interface_of(member)) : "";
    if (kind == takeover::kind::xdp)
        return {fmt::format("net_af_xdp_{}", interface),
                fmt::format("iface={},start_queue=0,queue_count={}", interface, queues), interface};
    if (kind == takeover::kind::packet) {
        const unsigned slot = packet_slot(mtu);
        return {fmt::format("net_af_packet_{}", interface),
                fmt::format("iface={},qpairs={},framesz={},blocksz={},framecnt={},qdisc_bypass=0",
                            interface, queues, slot, std::max(slot, page), packet_frames),
                interface};
    }
    const std::size_t comma = member.find(',');
    return {member.substr(0, comma), comma == std::string::npos ? "" : member.substr(comma + 1),
            ""};
}

void device_fails(const std::string& device, const std::string& what, int error) {
    const std::string reason =
        error == 0 ? "" : fmt::format(": {}", rte_strerror(error < 0 ? -error : error));
    throw std::runtime_error(fmt::format("device {}: {}{}", device, what, reason));
}

attachment::attachment(const std::string& member, std::uint16_t mtu, unsigned queues,
                       const std::string& state_dir, const notify& warn)
    : configured_as_(member) {
    const auto kind = kind_of(member);
    if (kind) {
        const std::string interface(config::interface_of(member));
        queues = interface_.emplace(interface, *kind, mtu, queues, state_dir, warn).queues();
    }
    plan_ = plan_device(member, mtu, queues);
    const unsigned before = fanouts_without_defragmentation();
    if (!is_card() && rte_eal_hotplug_add("vdev", plan_.name.c_str(), plan_.arguments.c_str()) != 0)
        device_fails(member,
                     fmt::format("DPDK cannot open {} with `{}`", plan_.name, plan_.arguments),
                     rte_errno);
    if (rte_eth_dev_get_port_by_name(plan_.name.c_str(), &id_) != 0)
        device_fails(member,
                     "was not found; `dpdk-devbind.py --status` lists cards and their drivers");
    open_ = true;
    if (is_card()) recall_.emplace(plan_.name, id_);
    if (kind == takeover::kind::packet && fanouts_without_defragmentation() == before)
        warn(fmt::format("device {}: Linux puts IPv4 fragments together: datagrams above the MTU "
                         "are lost",
                         member));
}

attachment::~attachment() {
    close();
}

void attachment::close() {
    const bool recalled = is_recalled();
    if (!std::exchange(open_, false)) return;
    rte_eth_dev_info info{};
    const bool known = rte_eth_dev_info_get(id_, &info) == 0;
    rte_eth_dev_stop(id_);
    rte_eth_dev_close(id_);
    if (!is_card())
        rte_eal_hotplug_remove("vdev", plan_.name.c_str());
    else if (recalled && known && info.device != nullptr)
        rte_dev_remove(info.device); // otherwise EAL has it until it ends
}

bool attachment::link_is_up() const {
    if (!open_) return false;
    // AF_XDP and AF_PACKET say "up" always; their kernel interface knows.
    if (is_interface()) return interface_carrier(plan_.interface);
    rte_eth_link link{};
    return rte_eth_link_get_nowait(id_, &link) != 0 || link.link_status == RTE_ETH_LINK_UP;
}

bool attachment::was_replaced() const {
    if (!interface_) return false;
    const int index = interface_index_if_any(plan_.interface);
    return index != 0 && index != interface_->index();
}

} // namespace weir::port
