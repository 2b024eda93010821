#include "port/membership.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include <linux/if_packet.h>
#include <sys/socket.h>

#include "port/kernel_interface.h"

namespace weir::port {

/// The socket has no protocol: it is given no frame.
membership::membership(const std::string& interface, kind what)
    : socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
    packet_mreq wanted{};
    wanted.mr_ifindex = interface_index(interface);
    wanted.mr_type = what == kind::all_multicast ? PACKET_MR_ALLMULTI : PACKET_MR_PROMISC;
    if (socket_.get() < 0
        || setsockopt(socket_.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &wanted, sizeof wanted)
               != 0)
        throw std::runtime_error(fmt::format(
            "{}: cannot receive {}: {}", interface,
            what == kind::all_multicast ? "all multicast" : "frames for other MAC addresses",
            std::strerror(errno)));
}

} // namespace weir::port
