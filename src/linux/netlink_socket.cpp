#include "linux/netlink_socket.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/neighbour.h>

#include "log/log.h"

namespace weir::linux::netlink {

namespace {

void check(int error, const char* what) {
    if (error < 0)
        throw std::runtime_error(std::string("netlink: ") + what + ": " + nl_geterror(error));
}

void pass_on(nl_object* object, void* listener) {
    const bool gone = nl_object_get_msgtype(object) == RTM_DELNEIGH
                      || nl_object_get_msgtype(object) == RTM_DELROUTE
                      || nl_object_get_msgtype(object) == RTM_DELADDR;
    (*static_cast<on_object*>(listener))(object, gone);
}

/// A refusal by the kernel does not end the listening.
int refused(sockaddr_nl*, nlmsgerr* answer, void*) {
    if (answer->error == -ENOBUFS)
        log::limited(log::level::warning, "neighbours full",
                     "Linux has no room for more neighbours: raise gc_thresh1, 2 and 3 in "
                     "/proc/sys/net/ipv4/neigh/default and ipv6");
    return NL_SKIP;
}

/// A request to look up one neighbour, or to use it.
using request = std::unique_ptr<nl_msg, void (*)(nl_msg*)>;
request about_neighbour(int type, int flags, std::uint8_t neighbour_flags, int interface,
                        const ip_address& address) {
    const auto bytes = address.bytes();
    ndmsg header{};
    header.ndm_family = address.is_v4() ? AF_INET : AF_INET6;
    header.ndm_ifindex = interface;
    header.ndm_state = NUD_NONE;
    header.ndm_flags = neighbour_flags;
    request result(nlmsg_alloc_simple(type, flags), nlmsg_free);
    nlmsg_append(result.get(), &header, sizeof header, NLMSG_ALIGNTO);
    if (address.is_v4())
        nla_put(result.get(), NDA_DST, 4, &bytes[12]);
    else
        nla_put(result.get(), NDA_DST, 16, bytes.data());
    return result;
}

int take_state(nl_msg* answer, void* state) {
    *static_cast<int*>(state) = static_cast<const ndmsg*>(nlmsg_data(nlmsg_hdr(answer)))->ndm_state;
    return NL_OK;
}

/// True if this neighbour was set by hand (ip neigh add).
bool is_permanent(nl_sock* asking, int interface, const ip_address& address) {
    int state = NUD_NONE;
    nl_socket_modify_cb(asking, NL_CB_VALID, NL_CB_CUSTOM, take_state, &state);
    nl_send_auto(asking, about_neighbour(RTM_GETNEIGH, 0, 0, interface, address).get());
    nl_recvmsgs_default(asking); // the neighbour, or the answer that there is none
    return (state & NUD_PERMANENT) != 0;
}

int parse_message(nl_msg* message, void* listener) {
    nl_msg_parse(message, pass_on, listener);
    return NL_OK;
}

} // namespace

nl_sock* open() {
    nl_sock* const socket = nl_socket_alloc();
    if (socket == nullptr) throw std::runtime_error("netlink: no memory");
    check(nl_connect(socket, NETLINK_ROUTE), "connect");
    nl_socket_disable_auto_ack(socket);
    return socket;
}

nl_sock* open_listener(int group, on_object heard) {
    nl_sock* const socket = open();
    nl_socket_disable_seq_check(socket);
    nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, parse_message,
                        std::make_unique<on_object>(std::move(heard)).release());
    nl_socket_modify_err_cb(socket, NL_CB_CUSTOM, refused, nullptr);
    nl_socket_set_buffer_size(socket, 1 << 20, 0);
    join(socket, group);
    check(nl_socket_set_nonblocking(socket), "non-blocking");
    return socket;
}

void join(nl_sock* socket, int group) {
    check(nl_socket_add_memberships(socket, group, 0), "join");
}

bool receive(nl_sock* socket) {
    // Until the socket is empty: -NLE_AGAIN.
    for (;;) {
        const int result = nl_recvmsgs_default(socket);
        if (result == -NLE_NOMEM || result == -NLE_DUMP_INTR) return false;
        if (result < 0) return true;
    }
}

void request_dump(nl_sock* socket, int type) {
    rtgenmsg all{.rtgen_family = AF_UNSPEC};
    nl_send_simple(socket, type, NLM_F_DUMP, &all, sizeof all);
}

void resolve(nl_sock* listener, nl_sock* asking, int interface, const ip_address& address) {
    // Since 5.16 the kernel turns a permanent neighbour into an ordinary one if a request says
    // "use".
    if (!is_permanent(asking, interface, address))
        nl_send_auto(
            listener,
            about_neighbour(RTM_NEWNEIGH, NLM_F_CREATE, NTF_USE, interface, address).get());
    // The kernel accepts no flags in a lookup.
    nl_send_auto(listener, about_neighbour(RTM_GETNEIGH, 0, 0, interface, address).get());
}

std::optional<ip_address> to_address(const nl_addr* address) {
    if (address == nullptr) return std::nullopt;
    const void* const bytes = nl_addr_get_binary_addr(address);
    if (nl_addr_get_family(address) == AF_INET && nl_addr_get_len(address) == 4) {
        be32 v4;
        std::memcpy(&v4, bytes, sizeof v4);
        return ip_address::v4(v4);
    }
    if (nl_addr_get_family(address) == AF_INET6 && nl_addr_get_len(address) == 16)
        return ip_address::v6(bytes);
    return std::nullopt;
}

std::optional<prefix> to_prefix(const nl_addr* address) {
    if (address == nullptr) return std::nullopt;
    const auto length = static_cast<std::uint8_t>(nl_addr_get_prefixlen(address));
    if (nl_addr_get_len(address) == 0) { // the default route
        if (nl_addr_get_family(address) == AF_INET) return prefix{ip_address::v4(be32{0}), 0};
        if (nl_addr_get_family(address) == AF_INET6) return prefix{{}, 0};
        return std::nullopt;
    }
    const auto parsed = to_address(address);
    if (!parsed) return std::nullopt;
    return prefix{*parsed, length};
}

std::optional<mac_address> to_mac(const nl_addr* address) {
    if (address == nullptr || nl_addr_get_len(address) != 6) return std::nullopt;
    mac_address mac;
    std::memcpy(mac.bytes.data(), nl_addr_get_binary_addr(address), 6);
    return mac;
}

} // namespace weir::linux::netlink
