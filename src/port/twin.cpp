#include "port/twin.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "port/kernel_interface.h"

namespace weir::port {

namespace {

/// weir's file configures the twin: Linux must not learn addresses from routers, nor wait for
/// duplicate address detection (kernels without IPv6 lack these settings). And removing an IPv4
/// address must not remove the others of its subnet.
void tame(const std::string& name) {
    for (const char* key : {"accept_dad", "accept_ra"})
        std::ofstream("/proc/sys/net/ipv6/conf/" + name + "/" + key) << "0\n";
    std::ofstream("/proc/sys/net/ipv4/conf/" + name + "/promote_secondaries") << "1\n";
}

} // namespace

twin::twin(const std::string& name, const mac_address& mac, std::uint16_t mtu)
    : name_(name), mac_(mac), mtu_(mtu) {
    fd_ = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd_ < 0)
        throw std::runtime_error(
            fmt::format("twin {}: /dev/net/tun: {}", name, std::strerror(errno)));
    try {
        attach();
    } catch (...) {
        close(fd_);
        throw;
    }
}

/// Makes the interface and brings it up.
void twin::attach() {
    ifreq request{};
    name_.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(fd_, TUNSETIFF, &request) != 0) {
        const int error = errno;
        throw std::runtime_error(fmt::format(
            "twin {}: {}{}", name_, std::strerror(error),
            error == EBUSY || error == EINVAL ? " (the interface exists already)" : ""));
    }
    index_ = interface_index(name_);
    set_interface_mac(name_, mac_);
    set_interface_mtu(name_, mtu_);
    tame(name_);
    bring_up(name_);
    if (!carrier_) set_carrier(false);
}

bool twin::is_missing() const {
    return interface_index_if_any(name_) != index_;
}

bool twin::is_down() const {
    return !is_set_up(name_);
}

void twin::set_up() {
    bring_up(name_);
}

void twin::make_again() {
    addresses_.clear();
    attach();
}

twin::~twin() {
    close(fd_);
}

bool twin::give(const rte_mbuf* m) {
    return write(fd_, rte_pktmbuf_mtod(m, const void*), m->data_len) == m->data_len;
}

rte_mbuf* twin::take(rte_mempool* pool) {
    rte_mbuf* const m = rte_pktmbuf_alloc(pool);
    if (m == nullptr) return nullptr; // Linux keeps the frame until a buffer is free
    const ssize_t length = read(fd_, rte_pktmbuf_mtod(m, void*), rte_pktmbuf_tailroom(m));
    if (length <= 0) {
        rte_pktmbuf_free(m);
        return nullptr;
    }
    m->data_len = static_cast<std::uint16_t>(length);
    m->pkt_len = m->data_len;
    return m;
}

void twin::set_addresses(const std::vector<prefix>& wanted) {
    const auto has = [](const std::vector<prefix>& list, const prefix& p) {
        return std::find(list.begin(), list.end(), p) != list.end();
    };
    const std::vector<prefix> removed = lacking();
    std::erase_if(addresses_, [&](const prefix& old) {
        if (has(removed, old)) return true;
        if (has(wanted, old)) return false;
        change_address(old, false);
        return true;
    });
    for (const prefix& address : wanted) {
        if (has(addresses_, address)) continue;
        change_address(address, true);
        addresses_.push_back(address);
    }
}

void twin::change_address(const prefix& address, bool add) {
    const std::unique_ptr<nl_sock, void (*)(nl_sock*)> socket(nl_socket_alloc(), nl_socket_free);
    const std::unique_ptr<rtnl_addr, void (*)(rtnl_addr*)> request(rtnl_addr_alloc(),
                                                                   rtnl_addr_put);
    const bool v4 = address.address.is_v4();
    const auto bytes = address.address.bytes();
    const std::unique_ptr<nl_addr, void (*)(nl_addr*)> local(
        nl_addr_build(v4 ? AF_INET : AF_INET6, v4 ? &bytes[12] : bytes.data(), v4 ? 4 : 16),
        nl_addr_put);
    nl_addr_set_prefixlen(local.get(), address.length);
    rtnl_addr_set_ifindex(request.get(), index_);
    rtnl_addr_set_local(request.get(), local.get());
    if (!v4) rtnl_addr_set_flags(request.get(), IFA_F_NODAD);
    int error = nl_connect(socket.get(), NETLINK_ROUTE);
    if (error == 0)
        error = add ? rtnl_addr_add(socket.get(), request.get(), NLM_F_REPLACE)
                    : rtnl_addr_delete(socket.get(), request.get(), 0);
    if (error != 0 && add)
        throw std::runtime_error(fmt::format("twin {}: cannot set address {}: {}", name_,
                                             to_string(address), nl_geterror(error)));
}

/// The addresses of the interface, each with its prefix length.
std::vector<prefix> twin::present() const {
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0)
        throw std::runtime_error(
            fmt::format("twin {}: cannot read its addresses: {}", name_, std::strerror(errno)));
    std::vector<prefix> found;
    for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
        if (name_ != each->ifa_name || each->ifa_addr == nullptr) continue;
        if (each->ifa_addr->sa_family == AF_INET) {
            sockaddr_in address, mask;
            std::memcpy(&address, each->ifa_addr, sizeof address);
            std::memcpy(&mask, each->ifa_netmask, sizeof mask);
            found.push_back({ip_address::v4(be32{address.sin_addr.s_addr}),
                             static_cast<std::uint8_t>(std::popcount(mask.sin_addr.s_addr))});
        } else if (each->ifa_addr->sa_family == AF_INET6) {
            sockaddr_in6 address, mask;
            std::memcpy(&address, each->ifa_addr, sizeof address);
            std::memcpy(&mask, each->ifa_netmask, sizeof mask);
            unsigned length = 0;
            for (const std::uint8_t byte : mask.sin6_addr.s6_addr)
                length += static_cast<unsigned>(std::popcount(byte));
            found.push_back(
                {ip_address::v6(&address.sin6_addr), static_cast<std::uint8_t>(length)});
        }
    }
    freeifaddrs(all);
    return found;
}

std::vector<prefix> twin::lacking() const {
    std::vector<prefix> missing = addresses_;
    std::vector<prefix> there = present();
    const auto before = [](const prefix& a, const prefix& b) { // there may be thousands
        return std::pair(a.address.bytes(), a.length) < std::pair(b.address.bytes(), b.length);
    };
    std::sort(there.begin(), there.end(), before);
    std::erase_if(missing, [&](const prefix& each) {
        return std::binary_search(there.begin(), there.end(), each, before);
    });
    return missing;
}

std::string twin::trouble() const {
    if (is_missing()) return known_trouble_ = "missing";
    if (is_down()) return known_trouble_ = "down";
    std::string text;
    try {
        for (const prefix& each : lacking())
            text += (text.empty() ? "lacks " : ", ") + to_string(each);
    } catch (const std::runtime_error&) {
        return known_trouble_; // no descriptor is free: as it was
    }
    if (!lost_routes_.empty()) text += (text.empty() ? "lacks " : ", ") + lost_routes_;
    return known_trouble_ = text;
}

ip_address twin::link_local() const {
    for (const prefix& each : present()) {
        const auto bytes = each.address.bytes();
        if (!each.address.is_v4() && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)
            return each.address;
    }
    return {};
}

void twin::set_carrier(bool up) {
    carrier_ = up;
    int carrier = up ? 1 : 0;
    ioctl(fd_, TUNSETCARRIER, &carrier);
}

} // namespace weir::port
