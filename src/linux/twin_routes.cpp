#include "linux/twin_routes.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "log/log.h"

namespace weir::linux {

namespace {

template <typename T>
using owned = std::unique_ptr<T, void (*)(T*)>;

owned<nl_addr> to_nl(const prefix& p) {
    const bool v4 = p.address.is_v4();
    const auto bytes = p.address.bytes();
    owned<nl_addr> result(
        nl_addr_build(v4 ? AF_INET : AF_INET6, v4 ? &bytes[12] : bytes.data(), v4 ? 4 : 16),
        nl_addr_put);
    nl_addr_set_prefixlen(result.get(), p.length);
    return result;
}

/// Adds or removes a route of the main table. Returns libnl's error, 0 if there is none.
int request(const port::twin& on, const config::static_route& r, bool add) {
    const owned<nl_sock> socket(nl_socket_alloc(), nl_socket_free);
    const owned<rtnl_route> route(rtnl_route_alloc(), rtnl_route_put);
    rtnl_route_set_family(route.get(), r.to.address.is_v4() ? AF_INET : AF_INET6);
    rtnl_route_set_table(route.get(), RT_TABLE_MAIN);
    rtnl_route_set_protocol(route.get(), RTPROT_STATIC);
    rtnl_route_set_scope(route.get(), RT_SCOPE_UNIVERSE);
    rtnl_route_set_dst(route.get(), to_nl(r.to).get());
    if (r.metric != 0) rtnl_route_set_priority(route.get(), r.metric);
    rtnl_nexthop* const hop = rtnl_route_nh_alloc();
    rtnl_route_nh_set_ifindex(hop, on.index());
    rtnl_route_nh_set_gateway(hop, to_nl(prefix::of(r.via)).get());
    rtnl_route_add_nexthop(route.get(), hop); // which then owns it
    if (const int error = nl_connect(socket.get(), NETLINK_ROUTE); error != 0) return error;
    return add ? rtnl_route_add(socket.get(), route.get(), NLM_F_EXCL)
               : rtnl_route_delete(socket.get(), route.get(), 0);
}

/// Linux's own metric for a route that asks for none.
std::uint32_t metric_of(const config::static_route& r) {
    constexpr std::uint32_t usual_v6 = 1024;
    return r.metric == 0 && !r.to.address.is_v4() ? usual_v6 : r.metric;
}

/// As its line in the file.
std::string shown(const config::static_route& r) {
    return r.key == "gateway" ? fmt::format("gateway {}", to_string(r.via))
                              : fmt::format("route {} via {}", to_string(r.to), to_string(r.via));
}

bool has(const std::vector<config::static_route>& list, const config::static_route& r) {
    return std::ranges::any_of(list, [&](const auto& each) { return each.is(r); });
}

} // namespace

twin_routes::twin_routes(std::vector<port::twin*> twins)
    : twins_(std::move(twins)), now_(twins_.size()), before_(twins_.size()) {}

/// First takes away what is not wanted: another port may get that route. One that Linux has lost
/// needs no taking away.
void twin_routes::set(const config::configuration& wanted) {
    before_ = now_;
    for (std::size_t port = 0; port < twins_.size(); ++port)
        std::erase_if(now_[port], [&](const config::static_route& old) {
            const bool goes = !has(wanted.ports[port].routes, old);
            if (goes) request(*twins_[port], old, false);
            return goes;
        });
    for (std::size_t port = 0; port < twins_.size(); ++port)
        if (twins_[port] != nullptr) change(port, wanted.ports[port].routes);
}

void twin_routes::change(std::size_t port, const routes& wanted) {
    for (const config::static_route& r : wanted) {
        const int error = request(*twins_[port], r, true);
        const bool ours = has(now_[port], r);
        if (error == -NLE_EXIST && ours) continue;
        if (error == -NLE_EXIST)
            throw std::runtime_error(
                fmt::format("{}:{}: {}: Linux has another route to {}: remove that (`ip route`), "
                            "or give this one metric=N",
                            r.where.file, r.where.line, r.key, to_string(r.to)));
        if (error != 0)
            throw std::runtime_error(fmt::format("{}:{}: {}: Linux refuses the route to {} via {}: "
                                                 "{}",
                                                 r.where.file, r.where.line, r.key, to_string(r.to),
                                                 to_string(r.via), nl_geterror(error)));
        if (ours)
            log::warning("twin {} lacked {}: it is set again", twins_[port]->name(), shown(r));
        else
            now_[port].push_back(r);
    }
}

void twin_routes::look(const std::vector<static_hop>& present) const {
    for (std::size_t port = 0; port < twins_.size(); ++port) {
        if (twins_[port] == nullptr) continue;
        std::string lost;
        for (const config::static_route& r : now_[port]) {
            const bool there = std::ranges::any_of(present, [&](const static_hop& hop) {
                return hop.port == port && hop.to == r.to && hop.via == r.via
                       && hop.metric == metric_of(r);
            });
            if (!there) lost += (lost.empty() ? "" : ", ") + shown(r);
        }
        twins_[port]->note_lost_routes(std::move(lost));
    }
}

void twin_routes::undo() noexcept {
    for (std::size_t port = 0; port < twins_.size(); ++port)
        for (const config::static_route& r : now_[port])
            if (!has(before_[port], r)) request(*twins_[port], r, false);
    for (std::size_t port = 0; port < twins_.size(); ++port)
        for (const config::static_route& r : before_[port])
            if (!has(now_[port], r) && request(*twins_[port], r, true) != 0)
                log::error("twin {}: cannot set the route to {} via {} again, which it had before",
                           twins_[port]->name(), to_string(r.to), to_string(r.via));
    now_ = before_;
}

} // namespace weir::linux
