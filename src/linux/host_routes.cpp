#include "linux/host_routes.h"

#include <algorithm>
#include <array>
#include <memory>

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "linux/netlink_socket.h"

namespace weir::linux {

host_routes::host_routes() : socket_(netlink::open()) {}

host_routes::~host_routes() {
    for (const route& r : routes_)
        ask(RTM_DELROUTE, 0, r);
    nl_socket_free(socket_);
}

void host_routes::use_table(std::uint32_t table) {
    if (table == table_) return;
    for (const route& r : routes_)
        ask(RTM_DELROUTE, 0, r);
    table_ = table;
    renew();
}

std::string host_routes::add(const ip_address& vip, int interface) {
    const route r{vip, interface};
    if (routes_.contains(r)) return {};
    const int error = ask(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, r);
    if (error < 0 && error != -NLE_EXIST) return nl_geterror(error);
    routes_.insert(r);
    return {};
}

void host_routes::remove(const ip_address& vip) {
    std::erase_if(routes_, [&](const route& r) {
        if (r.vip != vip) return false;
        ask(RTM_DELROUTE, 0, r);
        return true;
    });
}

void host_routes::renew() {
    for (const route& r : routes_)
        ask(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, r);
}

/// Negative: an error of libnl.
int host_routes::ask(int type, int flags, const route& r) const {
    const auto bytes = r.vip.bytes();
    const bool v4 = r.vip.is_v4();
    rtmsg header{};
    header.rtm_family = v4 ? AF_INET : AF_INET6;
    header.rtm_dst_len = v4 ? 32 : 128;
    header.rtm_table = static_cast<unsigned char>(table_ < 256 ? table_ : 0); // see RTA_TABLE
    header.rtm_protocol = protocol;
    header.rtm_scope = v4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    header.rtm_type = RTN_UNICAST;
    nl_msg* const message = nlmsg_alloc_simple(type, flags);
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    if (v4)
        nla_put(message, RTA_DST, 4, &bytes[12]);
    else
        nla_put(message, RTA_DST, 16, bytes.data());
    nla_put_u32(message, RTA_TABLE, table_);
    nla_put_u32(message, RTA_OIF, static_cast<std::uint32_t>(r.interface));
    return nl_send_sync(socket_, message); // frees it
}

} // namespace weir::linux
