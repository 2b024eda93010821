#include "port/takeover.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "port/kernel_interface.h"

namespace weir::port {

takeover::undo_list::~undo_list() {
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        try {
            (*step)();
        } catch (const std::exception&) {
            continue; // the interface has disappeared: nothing to restore
        }
    }
}

takeover::takeover(const std::string& interface, kind how, std::uint16_t mtu, unsigned queues,
                   const notify& warn)
    : name_(interface), queues_(queues) {
    interface_index(name_); // throws and lists the interfaces if this one does not exist
    set_mtu(mtu);
    leave_packets_whole(how);
    if (how == kind::xdp) queues_ = set_xdp_queues(queues);
    if (!has_addresses(name_))
        keep_linux_quiet();
    else if (how == kind::xdp)
        warn(fmt::format("{} has addresses of its own: Linux cannot be reached there while weir "
                         "has the interface; give them to the port's twin (`address =`)",
                         name_));
    else
        warn(fmt::format("{} has addresses of its own: Linux answers there too, and forwards what "
                         "weir forwards; give them to the port's twin (`address =`)",
                         name_));
    bring_up(name_);
    take_multicast();
}

void takeover::set_mtu(std::uint16_t mtu) {
    const std::uint16_t before = interface_mtu(name_);
    if (before == mtu) return;
    set_interface_mtu(name_, mtu);
    undo_.steps.push_back([this, before] { set_interface_mtu(name_, before); });
}

void takeover::take_multicast() {
    if (set_all_multicast(name_, true))
        undo_.steps.push_back([this] { set_all_multicast(name_, false); });
}

/// Merged packets exceed the MTU on the way out. AF_XDP cannot pass on a tag that the card removed
/// from the frame; AF_PACKET can.
void takeover::leave_packets_whole(kind how) {
    set_value(ETHTOOL_GGRO, ETHTOOL_SGRO, 0);
    const auto flags = ethtool_value_of(name_, ETHTOOL_GFLAGS);
    const std::uint32_t unwanted = ETH_FLAG_LRO | (how == kind::xdp ? ETH_FLAG_RXVLAN : 0);
    if (flags) set_value(ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, *flags & ~unwanted);
}

/// A card spreads packets over all its queues, and AF_XDP sees only those it is bound to: no other
/// queue may exist.
unsigned takeover::set_xdp_queues(unsigned wanted) {
    const auto now = channels_of(name_);
    if (!now) return 1;
    ethtool_channels goal = *now;
    // DPDK counts combined queues only; on devices without any (veth) it takes the first.
    const bool combined = now->max_combined > 0;
    std::uint32_t& count = combined ? goal.combined_count : goal.rx_count;
    const std::uint32_t before = count;
    count = combined ? std::min<std::uint32_t>(wanted, now->max_combined) : 1;
    if (count == before || before == 0) return count;
    if (set_channels(name_, goal)) {
        undo_.steps.push_back([this, channels = *now] { set_channels(name_, channels); });
        return count;
    }
    if (before < count) return before;
    throw std::runtime_error(
        fmt::format("{} spreads packets over {} queues, and weir can take {}: use as many workers, "
                    "or `ethtool -L {} {} {}`",
                    name_, before, count, name_, combined ? "combined" : "rx", count));
}

void takeover::keep_linux_quiet() {
    const std::string v4 = "/proc/sys/net/ipv4/conf/" + name_ + "/";
    write_setting("/proc/sys/net/ipv6/conf/" + name_ + "/disable_ipv6", "1");
    write_setting(v4 + "arp_ignore", "8"); // answers no ARP
    write_setting(v4 + "rp_filter", "1");  // accepts nothing: its routes lead through the twin
    write_setting(v4 + "forwarding", "0");
}

void takeover::set_value(std::uint32_t get, std::uint32_t set, std::uint32_t wanted) {
    const auto before = ethtool_value_of(name_, get);
    if (!before || *before == wanted || !set_ethtool_value(name_, set, wanted)) return;
    undo_.steps.push_back([this, set, value = *before] { set_ethtool_value(name_, set, value); });
}

/// A kernel without the setting needs no restraint.
void takeover::write_setting(const std::string& path, const std::string& wanted) {
    std::string before;
    if (!(std::ifstream(path) >> before) || before == wanted) return;
    std::ofstream(path) << wanted << '\n';
    undo_.steps.push_back([path, before] { std::ofstream(path) << before << '\n'; });
}

} // namespace weir::port
