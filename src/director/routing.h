#pragma once

// `announce = route`: Linux has a host route to a VIP while this director serves it, and a routing
// daemon exports that. It serves a VIP when one of the VIP's services with this setting has enough
// good servers (at least one, and `min-up`), when the director has had the connections of its peers
// or has none to wait for, and until it leaves. After the routes are gone it goes on serving for a
// second, in which routers send elsewhere. Control core only.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/model.h"
#include "director/stage.h"
#include "linux/host_routes.h"
#include "loop/event_loop.h"
#include "plane/data_plane.h"
#include "port/twin.h"

namespace weir::director {

class routing final : public stage {
public:
    /// `twins` by port_id, null for ports without one. All outlive it.
    routing(plane::data_plane& plane, loop::event_loop& loop, std::vector<port::twin*> twins);
    ~routing() override;

    void commit(const config::configuration& now) override;
    void tick() override;

    /// Takes all routes away and calls `gone` when routers have had time to see it; at once if
    /// there was none.
    void leave(std::function<void()> gone);

    /// Enough good servers for routers to send packets here.
    static bool is_healthy(const plane::usage& use, const config::least_up& least) noexcept;

private:
    struct vip {
        bool announced = false;
        std::string complaint; ///< what the log says last
    };
    void look();
    bool is_ready();
    bool serves(const ip_address& address) const;
    void set(const ip_address& address, vip& its, bool wanted);
    int way_of(const ip_address& address) const;
    void take_away(const ip_address& address, vip& its, const char* why);

    plane::data_plane& plane_;
    loop::event_loop& loop_;
    const std::vector<port::twin*> twins_;
    const loop::clock::time_point began_;
    std::vector<config::port> ports_;
    std::map<ip_address, vip> vips_;
    std::optional<linux::host_routes> routes_; ///< once there are VIPs
    std::optional<loop::event_loop::timer_id> timer_;
    std::optional<loop::clock::time_point> leaving_until_;
    std::function<void()> gone_;
    std::uint32_t table_ = 0;
    bool ready_ = false;
};

} // namespace weir::director
