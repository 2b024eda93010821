#include "port/takeover.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "port/kernel_interface.h"

namespace weir::port {

takeover::undo_list::~undo_list() {
    if (interface_index_if_any(name) != index) steps.clear(); // it is gone; another has the name
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        try {
            (*step)();
        } catch (const std::exception&) {
            continue; // the interface has disappeared: nothing to restore
        }
    }
    before.forget();
}

takeover::takeover(const std::string& interface, kind how, std::uint16_t mtu, unsigned queues,
                   const std::string& state_dir, const notify& warn)
    : name_(interface), index_(interface_index(name_)), // throws and lists the interfaces if this
                                                        // one does not exist
      claim_(interface), multicast_(interface, membership::kind::all_multicast), queues_(queues),
      undo_(name_, index_, originals(state_dir, interface, warn)) {
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
}

std::string takeover::accept_other_macs(bool wanted) {
    other_macs_.reset();
    try {
        if (wanted) other_macs_.emplace(name_, membership::kind::other_macs);
    } catch (const std::exception& refused) {
        return refused.what();
    }
    return "";
}

std::uint64_t takeover::original(const std::string& setting, std::uint64_t now) {
    const std::string before = undo_.before.before(setting, std::to_string(now));
    return before.find_first_not_of("0123456789") == std::string::npos ? std::stoull(before) : now;
}

void takeover::set_mtu(std::uint16_t mtu) {
    const std::uint16_t now = interface_mtu(name_);
    const auto before = static_cast<std::uint16_t>(original("mtu", now));
    if (now != mtu) set_interface_mtu(name_, mtu);
    if (before != mtu) undo_.steps.push_back([this, before] { set_interface_mtu(name_, before); });
}

/// Merged packets exceed the MTU on the way out. AF_XDP cannot pass on a tag that the card removed
/// from the frame; AF_PACKET can.
void takeover::leave_packets_whole(kind how) {
    set_value("gro", ETHTOOL_GGRO, ETHTOOL_SGRO, 0);
    const auto flags = ethtool_value_of(name_, ETHTOOL_GFLAGS);
    const std::uint32_t unwanted = ETH_FLAG_LRO | (how == kind::xdp ? ETH_FLAG_RXVLAN : 0);
    if (flags) set_value("flags", ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, *flags & ~unwanted);
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
    const std::uint32_t running = count;
    const auto before = static_cast<std::uint32_t>(original("queues", running));
    count = combined ? std::min<std::uint32_t>(wanted, now->max_combined) : 1;
    const auto restore = [&, goal] {
        if (before == count || before == 0) return;
        ethtool_channels then = goal;
        (combined ? then.combined_count : then.rx_count) = before;
        undo_.steps.push_back([this, then] { set_channels(name_, then); });
    };
    if (count == running || running == 0 || set_channels(name_, goal)) {
        restore();
        return count;
    }
    if (running < count) return running;
    throw std::runtime_error(
        fmt::format("{} spreads packets over {} queues, and weir can take {}: use as many workers, "
                    "or `ethtool -L {} {} {}`",
                    name_, running, count, name_, combined ? "combined" : "rx", count));
}

void takeover::keep_linux_quiet() {
    const std::string v4 = "/proc/sys/net/ipv4/conf/" + name_ + "/";
    write_setting("/proc/sys/net/ipv6/conf/" + name_ + "/disable_ipv6", "1");
    write_setting(v4 + "arp_ignore", "8"); // answers no ARP
    write_setting(v4 + "rp_filter", "1");  // accepts nothing: its routes lead through the twin
    write_setting(v4 + "forwarding", "0");
}

void takeover::set_value(const char* setting, std::uint32_t get, std::uint32_t set,
                         std::uint32_t wanted) {
    const auto now = ethtool_value_of(name_, get);
    if (!now) return;
    const auto before = static_cast<std::uint32_t>(original(setting, *now));
    if (*now != wanted && !set_ethtool_value(name_, set, wanted)) return;
    if (before != wanted)
        undo_.steps.push_back([this, set, before] { set_ethtool_value(name_, set, before); });
}

/// A kernel without the setting needs no restraint.
void takeover::write_setting(const std::string& path, const std::string& wanted) {
    std::string now;
    if (!(std::ifstream(path) >> now)) return;
    const std::string before = undo_.before.before(path, now);
    if (now != wanted) std::ofstream(path) << wanted << '\n';
    if (before != wanted)
        undo_.steps.push_back([path, before] { std::ofstream(path) << before << '\n'; });
}

} // namespace weir::port
