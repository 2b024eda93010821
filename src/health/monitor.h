#pragma once

// All health checks of a director: which servers are checked how, when each check is due, and what
// follows. A server is up when all its checks say so; what agents and scripts say of its weight,
// and the ramp of one that has recovered, are its share. Both are told to `on_change` as they
// change.
//
// Every check has a phase of its own within its interval (multiples of the golden ratio, so that
// any number of them lies evenly spread) and keeps it; none waits for another. A reload is a
// difference: a check that did not change goes on where it was, in whatever turn it is; a new check
// of a server that is known begins with what the server is.
//
// Control core, on its event loop.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/model.h"
#include "flow/target.h"
#include "health/condition.h"
#include "health/detour.h"
#include "health/pinger.h"
#include "health/prepared.h"
#include "health/programs.h"
#include "loop/event_loop.h"

namespace weir::health {

/// A server to be checked.
struct server_to_check {
    target_id id = 0; ///< stays the same while the server is there
    ip_address address;
    std::uint16_t port = 0; ///< 0 = the service's first
    std::int32_t weight = 1;
    bool fresh = true; ///< new to the director
    forward_mode mode = forward_mode::dr;
};

struct service_to_check {
    const config::service* wanted = nullptr;
    std::vector<server_to_check> servers{};
};

/// A check as it is shown.
struct check_info {
    std::string service;
    ip_address address;
    std::uint16_t server_port = 0; ///< the server's own, or its service's first
    std::uint16_t port = 0;        ///< that is asked
    std::string type;
    ip_address asked;             ///< the server's own address, or the VIP at that server
    std::string_view state;       ///< "up", "down", "unknown"
    bool server_up = true;        ///< all checks together, and no hold
    std::string answer;           ///< the last
    std::chrono::seconds since{}; ///< in this state
    std::chrono::microseconds latency{};
    double share = 1;                 ///< of the weight, by this check
    std::chrono::milliseconds held{}; ///< the server is held down for so long yet
};

/// How the checks themselves do.
struct punctuality {
    std::size_t checks = 0;
    std::size_t under_way = 0;
    std::size_t programs = 0;              ///< of `script` checks that run
    std::size_t waiting = 0;               ///< `script` checks that wait for one of them to end
    std::uint64_t turns = 0;               ///< begun since the start
    std::uint64_t unable = 0;              ///< of these, what this host itself could not do
    std::chrono::microseconds most_late{}; ///< of all turns
};

/// Kinds of lines for the log.
enum class telling : std::uint8_t { up, down, unable };

class monitor {
public:
    struct listener {
        std::function<void(target_id, const condition&)> on_change;
        std::function<void(telling what, const std::string& line)> tell;
    };

    /// `detours` outlive this.
    monitor(loop::event_loop& loop, detour_maker& detours, listener to);
    ~monitor();
    monitor(const monitor&) = delete;
    monitor& operator=(const monitor&) = delete;

    /// Makes ready what checks need, before apply() with these very services. Throws
    /// std::runtime_error, and has changed nothing, when certificates are not where they should be.
    void prepare(const std::vector<config::service>& wanted);
    /// Makes the checks what the configuration says. Servers without checks are up.
    void apply(const std::vector<service_to_check>& wanted);

    /// Most programs of `script` checks at once.
    void allow_programs(std::size_t most) { scripts_.allow(most); }

    std::vector<check_info> checks(const std::string& service) const;
    punctuality how_punctual() const;

private:
    class task;
    struct server;
    struct service;

    void changed(server& of);
    void settle(server& of, bool up, const std::string& why);
    void report(server& of);
    void tick();
    std::chrono::milliseconds now() const;
    std::unique_ptr<server> renew(service& of, const server_to_check& wanted,
                                  std::unique_ptr<server> before);

    loop::event_loop& loop_;
    detour_maker& detours_;
    listener to_;
    pinger pings_;
    programs scripts_;
    std::unordered_map<std::string, std::unique_ptr<service>> services_; ///< those with checks
    std::unordered_map<std::string, std::vector<std::shared_ptr<const prepared_check>>> ready_;
    std::uint64_t phases_ = 0;
    loop::event_loop::timer_id ticking_ = 0;
    punctuality figures_;
};

} // namespace weir::health
