#include "port/kernel_interface.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::port {

namespace {

class control_socket {
public:
    control_socket() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
    ~control_socket() { close(fd_); }
    control_socket(const control_socket&) = delete;
    control_socket& operator=(const control_socket&) = delete;
    int fd() const { return fd_; }

private:
    int fd_;
};

ifreq request_for(const std::string& name) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

void ask(unsigned long what, ifreq& request, const char* doing) {
    const control_socket socket;
    if (ioctl(socket.fd(), what, &request) != 0)
        throw std::runtime_error(
            fmt::format("{}: cannot {}: {}", request.ifr_name, doing, std::strerror(errno)));
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

void bring_up(const std::string& name) {
    ifreq request = request_for(name);
    ask(SIOCGIFFLAGS, request, "read its flags");
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    ask(SIOCSIFFLAGS, request, "bring it up");
}

void set_interface_mtu(const std::string& name, std::uint16_t mtu) {
    ifreq request = request_for(name);
    request.ifr_mtu = mtu;
    ask(SIOCSIFMTU, request, fmt::format("set its MTU to {}", mtu).c_str());
}

void set_interface_mac(const std::string& name, const mac_address& mac) {
    ifreq request = request_for(name);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    std::memcpy(request.ifr_hwaddr.sa_data, mac.bytes.data(), mac.bytes.size());
    ask(SIOCSIFHWADDR, request, "set its MAC address");
}

bool interface_carrier(const std::string& name) {
    ifreq request = request_for(name);
    ask(SIOCGIFFLAGS, request, "read its flags");
    return (request.ifr_flags & IFF_RUNNING) != 0;
}

} // namespace weir::port
