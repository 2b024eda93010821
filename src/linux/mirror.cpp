#include "linux/mirror.h"

#include <algorithm>

#include <linux/rtnetlink.h>
#include <netlink/cache.h>
#include <netlink/route/addr.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <sys/epoll.h>

#include "linux/netlink_socket.h"
#include "log/log.h"

namespace weir::linux {

namespace {

using namespace std::chrono_literals;

constexpr loop::clock::duration gathering = 20ms; ///< reads changes within this time together
constexpr int rest = 10; ///< pause before the next reading, in multiples of the last one's time:
                         ///< the Internet's full table must not stop the control core

} // namespace

mirror::mirror(loop::event_loop& loop, neighbour_keeper& keeper, std::vector<port::twin*> twins,
               on_routes routes, on_static_routes static_routes, on_addresses addresses,
               on_all_addresses all)
    : loop_(loop), keeper_(keeper), twins_(std::move(twins)), routes_(std::move(routes)),
      static_routes_(std::move(static_routes)), addresses_(std::move(addresses)),
      all_addresses_(std::move(all)) {
    if (std::all_of(twins_.begin(), twins_.end(), [](const auto* t) { return t == nullptr; }))
        return;
    reading_ = netlink::open();
    listening_ =
        netlink::open_listener(RTNLGRP_IPV4_ROUTE, [this](nl_object*, bool) { read_soon(); });
    // Linux sends no messages about IPv4 routes that disappear with a link.
    for (const int group :
         {RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_LINK})
        netlink::join(listening_, group);
    loop_.need(nl_socket_get_fd(listening_), EPOLLIN, [this](std::uint32_t) {
        if (!netlink::receive(listening_)) read_soon();
    });
    read_all();
}

mirror::~mirror() {
    if (listening_ == nullptr) return;
    loop_.cancel(timer_);
    loop_.remove(nl_socket_get_fd(listening_));
    nl_socket_free(listening_);
    nl_socket_free(reading_);
}

void mirror::read_soon() {
    if (std::exchange(due_, true)) return;
    timer_ = loop_.after(std::max(gathering, rest * reading_took_), [this] { read_all(); });
}

void mirror::read_all() {
    due_ = false;
    const auto began = loop_.now();
    read_addresses();
    read_routes();
    reading_took_ = loop_.now() - began;
}

int mirror::port_of(int interface) const {
    for (std::size_t port = 0; port < twins_.size(); ++port)
        if (twins_[port] != nullptr && twins_[port]->index() == interface)
            return static_cast<int>(port);
    return -1;
}

void mirror::read_addresses() {
    nl_cache* cache = nullptr;
    if (const int error = rtnl_addr_alloc_cache(reading_, &cache); error < 0) {
        log::warning("cannot read Linux's addresses: {}", nl_geterror(error));
        return;
    }
    std::vector<std::vector<prefix>> by_port(twins_.size());
    std::vector<std::pair<int, ip_address>> all;
    for (nl_object* object = nl_cache_get_first(cache); object != nullptr;
         object = nl_cache_get_next(object)) {
        auto* const address = reinterpret_cast<rtnl_addr*>(object);
        const int interface = rtnl_addr_get_ifindex(address);
        const int port = port_of(interface);
        const auto local = netlink::to_prefix(rtnl_addr_get_local(address));
        const bool link_local = rtnl_addr_get_scope(address) == RT_SCOPE_LINK;
        if (!local || link_local) continue;
        all.emplace_back(interface, local->address);
        if (port >= 0) by_port[static_cast<std::size_t>(port)].push_back(*local);
    }
    nl_cache_free(cache);
    for (std::size_t port = 0; port < by_port.size(); ++port)
        if (twins_[port] != nullptr)
            addresses_(static_cast<port_id>(port), std::move(by_port[port]));
    all_addresses_(std::move(all));
}

/// The first next hop through a twin that is up and has link; if none has link, the first that is
/// up, as in Linux.
rtnl_nexthop* mirror::first_usable(rtnl_route* r) const {
    rtnl_nexthop* without_link = nullptr;
    for (int i = 0; i < rtnl_route_get_nnexthops(r); ++i) {
        rtnl_nexthop* const hop = rtnl_route_nexthop_n(r, i);
        const unsigned flags = rtnl_route_nh_get_flags(hop);
        if (port_of(rtnl_route_nh_get_ifindex(hop)) < 0 || (flags & RTNH_F_DEAD) != 0) continue;
        if ((flags & RTNH_F_LINKDOWN) == 0) return hop;
        if (without_link == nullptr) without_link = hop;
    }
    return without_link;
}

void mirror::add_static(rtnl_route* r, const prefix& to, std::vector<static_hop>& all) const {
    if (rtnl_route_get_protocol(r) != RTPROT_STATIC) return;
    for (int i = 0; i < rtnl_route_get_nnexthops(r); ++i) {
        rtnl_nexthop* const hop = rtnl_route_nexthop_n(r, i);
        const int port = port_of(rtnl_route_nh_get_ifindex(hop));
        if (port < 0) continue;
        const auto via = netlink::to_address(rtnl_route_nh_get_gateway(hop));
        all.push_back({static_cast<port_id>(port), to, via.value_or(ip_address{}),
                       rtnl_route_get_priority(r)});
    }
}

void mirror::add_route(nl_object* object,
                       std::vector<std::pair<std::uint32_t, route_table::item>>& to,
                       std::vector<static_hop>& static_ones) {
    auto* const r = reinterpret_cast<rtnl_route*>(object);
    const auto destination = netlink::to_prefix(rtnl_route_get_dst(r));
    if (rtnl_route_get_table(r) != RT_TABLE_MAIN || !destination) return;
    add_static(r, *destination, static_ones);
    route via;
    switch (rtnl_route_get_type(r)) {
    case RTN_UNICAST: {
        rtnl_nexthop* const hop = first_usable(r);
        if (hop == nullptr) return;
        via.port = static_cast<port_id>(port_of(rtnl_route_nh_get_ifindex(hop)));
        via.reachable = true;
        // IPv4 routes may have an IPv6 gateway (RFC 8950): only its MAC matters.
        const nl_addr* const same_family = rtnl_route_nh_get_gateway(hop);
        const nl_addr* const any_family = rtnl_route_nh_get_via(hop);
        if (const auto gateway =
                netlink::to_address(same_family != nullptr ? same_family : any_family))
            via.gateway = keeper_.pin(via.port, *gateway);
        break;
    }
    case RTN_BLACKHOLE:
    case RTN_UNREACHABLE:
    case RTN_PROHIBIT:
        break; // unreachable, and no less specific route may apply
    default:
        return;
    }
    to.push_back({rtnl_route_get_priority(r), {*destination, via}});
}

void mirror::read_routes() {
    nl_cache* cache = nullptr;
    if (const int error = rtnl_route_alloc_cache(reading_, AF_UNSPEC, 0, &cache); error < 0) {
        log::warning("cannot read Linux's routes: {}", nl_geterror(error));
        return;
    }
    std::vector<std::pair<std::uint32_t, route_table::item>> by_metric;
    std::vector<static_hop> static_ones;
    for (nl_object* object = nl_cache_get_first(cache); object != nullptr;
         object = nl_cache_get_next(object))
        add_route(object, by_metric, static_ones);
    nl_cache_free(cache);
    static_routes_(static_ones);
    std::stable_sort(by_metric.begin(), by_metric.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<route_table::item> items;
    items.reserve(by_metric.size());
    for (auto& [metric, item] : by_metric)
        items.push_back(std::move(item));
    routes_(std::move(items));
}

} // namespace weir::linux
