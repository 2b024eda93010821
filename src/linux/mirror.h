#pragma once

// Mirrors Linux's view of the twins' links: their addresses, and the routes of the main table
// through them. After any change it reads everything again, a little later, so that a burst of
// changes from a routing daemon costs one reading; the longer a reading takes, the longer the
// delay. Of a route with several next hops it takes the first that leads through a twin and has
// link. Control core only.

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "linux/neighbour_keeper.h"
#include "loop/event_loop.h"
#include "port/twin.h"
#include "service/routes.h"

struct nl_sock;
struct nl_object;
struct rtnl_nexthop;
struct rtnl_route;

namespace weir::linux {

/// A next hop of a static route through a twin.
struct static_hop {
    port_id port = 0;
    prefix to;
    ip_address via; ///< none: the link itself
    std::uint32_t metric = 0;
};

class mirror {
public:
    using on_routes = std::function<void(std::vector<route_table::item>)>;
    /// Static routes (`proto static`, as weir's own) through twins, whether the port has link or
    /// not.
    using on_static_routes = std::function<void(const std::vector<static_hop>&)>;
    using on_addresses = std::function<void(port_id, std::vector<prefix>)>;

    /// Every interface's, by its number, but for addresses of one link.
    using on_all_addresses = std::function<void(std::vector<std::pair<int, ip_address>>)>;

    /// Reads everything at once and calls all listeners before it returns; later from `loop`. Does
    /// nothing without twins. Throws std::runtime_error if netlink is unavailable.
    mirror(loop::event_loop& loop, neighbour_keeper& keeper, std::vector<port::twin*> twins,
           on_routes routes, on_static_routes static_routes, on_addresses addresses,
           on_all_addresses all);
    ~mirror();
    mirror(const mirror&) = delete;
    mirror& operator=(const mirror&) = delete;

private:
    void read_soon();
    void read_all();
    void read_addresses();
    void read_routes();
    void add_route(nl_object* object, std::vector<std::pair<std::uint32_t, route_table::item>>& to,
                   std::vector<static_hop>& static_ones);
    void add_static(rtnl_route* r, const prefix& to, std::vector<static_hop>& all) const;
    int port_of(int interface) const;
    rtnl_nexthop* first_usable(rtnl_route* r) const;

    loop::event_loop& loop_;
    neighbour_keeper& keeper_;
    std::vector<port::twin*> twins_;
    on_routes routes_;
    on_static_routes static_routes_;
    on_addresses addresses_;
    on_all_addresses all_addresses_;
    nl_sock* listening_ = nullptr;
    nl_sock* reading_ = nullptr;
    bool due_ = false;
    loop::clock::duration reading_took_{};
    loop::event_loop::timer_id timer_ = 0;
};

} // namespace weir::linux
