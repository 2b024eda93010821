#include "port/kernel_interface.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ifaddrs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::port {

namespace {

class ioctl_socket {
public:
    ioctl_socket() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
    ~ioctl_socket() { close(fd_); }
    ioctl_socket(const ioctl_socket&) = delete;
    ioctl_socket& operator=(const ioctl_socket&) = delete;
    int fd() const { return fd_; }

private:
    int fd_;
};

ifreq request_for(const std::string& name) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

bool try_to(unsigned long what, ifreq& request) {
    const ioctl_socket socket;
    return ioctl(socket.fd(), what, &request) == 0;
}

void ask(unsigned long what, ifreq& request, const std::string& doing) {
    if (!try_to(what, request))
        throw std::runtime_error(
            fmt::format("{}: cannot {}: {}", request.ifr_name, doing, std::strerror(errno)));
}

template <typename Command>
bool ask_ethtool(const std::string& name, Command& command) {
    ifreq request = request_for(name);
    request.ifr_data = reinterpret_cast<char*>(&command);
    return try_to(SIOCETHTOOL, request);
}

bool change_flag(const std::string& name, int flag, bool on) {
    ifreq request = request_for(name);
    ask(SIOCGIFFLAGS, request, "read its flags");
    if (((request.ifr_flags & flag) != 0) == on) return false;
    request.ifr_flags = static_cast<short>(request.ifr_flags ^ flag);
    ask(SIOCSIFFLAGS, request, "change its flags");
    return true;
}

bool is_link_local(const sockaddr* address) {
    return address->sa_family == AF_INET6
           && IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

/// For what is asked often: a lack of descriptors must not look like a loss.
bool ask_at_any_time(unsigned long what, ifreq& request) {
    static const ioctl_socket kept;
    return ioctl(kept.fd(), what, &request) == 0;
}

} // namespace

std::vector<std::string> kernel_interfaces() {
    std::vector<std::string> names;
    struct if_nameindex* const all = if_nameindex();
    for (const struct if_nameindex* i = all; i != nullptr && i->if_index != 0; ++i)
        names.emplace_back(i->if_name);
    if_freenameindex(all);
    return names;
}

int interface_index(const std::string& name) {
    const unsigned index = if_nametoindex(name.c_str());
    if (index == 0)
        throw std::runtime_error(fmt::format("no interface {}; there are: {}", name,
                                             fmt::join(kernel_interfaces(), ", ")));
    return static_cast<int>(index);
}

int interface_index_if_any(const std::string& name) {
    ifreq request = request_for(name);
    return ask_at_any_time(SIOCGIFINDEX, request) ? request.ifr_ifindex : 0;
}

bool is_set_up(const std::string& name) {
    ifreq request = request_for(name);
    return ask_at_any_time(SIOCGIFFLAGS, request) && (request.ifr_flags & IFF_UP) != 0;
}

void bring_up(const std::string& name) {
    change_flag(name, IFF_UP, true);
}

std::uint16_t interface_mtu(const std::string& name) {
    ifreq request = request_for(name);
    ask(SIOCGIFMTU, request, "read its MTU");
    return static_cast<std::uint16_t>(std::min(request.ifr_mtu, 65535));
}

void set_interface_mtu(const std::string& name, std::uint16_t mtu) {
    ifreq request = request_for(name);
    request.ifr_mtu = mtu;
    ask(SIOCSIFMTU, request, fmt::format("set its MTU to {}", mtu));
}

void set_interface_mac(const std::string& name, const mac_address& mac) {
    ifreq request = request_for(name);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    std::memcpy(request.ifr_hwaddr.sa_data, mac.bytes.data(), mac.bytes.size());
    ask(SIOCSIFHWADDR, request, "set its MAC address");
}

bool interface_carrier(const std::string& name) {
    // weir asks every second. A lack of descriptors must not look like a dead link.
    static const ioctl_socket kept;
    ifreq request = request_for(name);
    return ioctl(kept.fd(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING) != 0;
}

bool has_addresses(const std::string& name) {
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0) return false;
    bool found = false;
    for (const ifaddrs* a = all; a != nullptr && !found; a = a->ifa_next)
        found = a->ifa_addr != nullptr && name == a->ifa_name
                && (a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6)
                && !is_link_local(a->ifa_addr);
    freeifaddrs(all);
    return found;
}

std::optional<std::uint32_t> ethtool_value_of(const std::string& name, std::uint32_t command) {
    ethtool_value value{.cmd = command, .data = 0};
    if (!ask_ethtool(name, value)) return std::nullopt;
    return value.data;
}

bool set_ethtool_value(const std::string& name, std::uint32_t command, std::uint32_t value) {
    ethtool_value request{.cmd = command, .data = value};
    return ask_ethtool(name, request);
}

std::optional<ethtool_channels> channels_of(const std::string& name) {
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    if (!ask_ethtool(name, channels)) return std::nullopt;
    return channels;
}

bool set_channels(const std::string& name, ethtool_channels channels) {
    channels.cmd = ETHTOOL_SCHANNELS;
    return ask_ethtool(name, channels);
}

} // namespace weir::port
