#pragma once

// All health checks of a director: which checks each server has, when each check is due, and what
// follows from the answers. A server is good when all its checks say so. Its share of the weight
// comes from agents and scripts, and from the ramp after a recovery. `on_change` gets both whenever
// they change; which servers a service then uses is its own decision (plane/usage.h).
//
// Every check has its own phase within its interval (multiples of the golden ratio spread any
// number of checks evenly) and keeps it; no check waits for another. A reload applies a difference:
// an unchanged check goes on, even in the middle of a turn; a new check of a known server starts
// from that server's state.
//
// Control core, on its event loop.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

/// A server with checks.
struct server_to_check {
    target_id id = 0; ///< constant while the server exists
    ip_address address;
    std::uint16_t port = 0; ///< 0 = the service's first
    std::int32_t weight = 1;
    bool fresh = true; ///< new to the director
    forwarding forward{};
    std::string word{}; ///< what the operator calls it; "" = nothing
    std::optional<std::vector<config::check>> checks{}; ///< its own; nothing = the service's
};

struct service_to_check {
    const config::service* wanted = nullptr;
    std::vector<server_to_check> servers{};
};

/// A check's state for display.
struct check_info {
    std::string service;
    ip_address address;
    std::uint16_t server_port = 0; ///< the server's own, or its service's first
    std::string word{};            ///< what the operator calls the server; "" = nothing
    std::uint16_t port = 0;        ///< the port it connects to
    std::string type;
    ip_address asked;             ///< the server's own address, or the VIP on that server
    std::string_view state;       ///< "up", "down", "unknown"
    bool server_up = true;        ///< by all its checks together, and no hold
    std::string answer;           ///< the last answer
    std::chrono::seconds since{}; ///< in this state
    std::chrono::microseconds latency{};
    double share = 1;                 ///< of the weight, by this check
    std::chrono::milliseconds held{}; ///< the rest of the time that the server is held
};

/// Figures about the checks themselves.
struct punctuality {
    std::size_t checks = 0;
    std::size_t under_way = 0;
    std::size_t programs = 0;              ///< running programs of `script` checks
    std::size_t waiting = 0;               ///< `script` checks that wait for a place
    std::uint64_t turns = 0;               ///< started since the director's start
    std::uint64_t unable = 0;              ///< of these, the turns that this host could not make
    std::chrono::microseconds most_late{}; ///< of all turns
};

/// Kinds of log lines.
enum class telling : std::uint8_t { up, down, unable };

/// A server that went down, or came up again.
struct turnabout {
    std::string service;
    std::string server; ///< address and port, with the operator's word
    bool up = false;
    std::string why; ///< the check's answer
};

class monitor {
public:
    struct listener {
        std::function<void(target_id, const condition&)> on_change;
        std::function<void(telling what, const std::string& line)> tell;
        /// Why a bad answer of a server at this address, in a turn that began then, may be this
        /// host's own fault: "the link of port lan is down". "": it is not.
        std::function<std::string(const ip_address& server, loop::clock::time_point begun)>
            own_fault = [](const ip_address&, loop::clock::time_point) { return std::string(); };
        /// Why the silence of this address, in a turn that began then, may be this host's own
        /// fault: it has dropped packets of the check. "": it is not.
        std::function<std::string(const ip_address& asked, loop::clock::time_point begun)> unheard =
            [](const ip_address&, loop::clock::time_point) { return std::string(); };
        /// A turn ran into its timeout: the server at this address may have a new MAC.
        std::function<void(const ip_address& server)> silent = [](const ip_address&) {};
        /// A server has changed between up and down; not for a first good answer.
        std::function<void(const turnabout&)> turned = [](const turnabout&) {};
    };

    /// `detours` must outlive this.
    monitor(loop::event_loop& loop, detour_maker& detours, listener to);
    ~monitor();
    monitor(const monitor&) = delete;
    monitor& operator=(const monitor&) = delete;

    /// Prepares what the checks of these services need; call it before apply() with the same
    /// services. Throws std::runtime_error without changing anything, for example if certificates
    /// are missing.
    void prepare(const std::vector<config::service>& wanted);
    /// Changes the checks to those of the configuration. Servers without checks are up.
    void apply(const std::vector<service_to_check>& wanted);

    /// Ends the hold of a server, if it has one, and forgets its falls.
    void lift_hold(target_id id);

    /// How many programs of `script` checks may run at once.
    void allow_programs(std::size_t most) { scripts_.allow(most); }

    std::vector<check_info> checks(const std::string& service) const;
    punctuality how_punctual() const;

private:
    class task;
    struct server;
    struct service;

    void changed(server& of);
    void settle(server& of, fitness fit, const std::string& why);
    bool is_held(server& of);
    void report(server& of);
    void tick();
    std::chrono::milliseconds now() const;
    std::unique_ptr<server> renew(service& of, const server_to_check& wanted,
                                  const std::vector<config::check>& checks,
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
