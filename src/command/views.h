#pragma once

// The director as its commands see it: plain values, and the few things an operator may change.
// Commands know nothing of how the director keeps them, but for the connection table, which is too
// large to copy; the director knows nothing of JSON or sockets. Values are copies of the moment:
// counts move on while one looks.
//
// Control core only.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command/failover_views.h"
#include "config/changes.h"
#include "config/problem.h"
#include "flow/table.h"
#include "flow/target.h"
#include "health/monitor.h"
#include "service/counters.h"
#include "service/idle.h"
#include "watch/watch.h"

namespace weir::command {

using health::check_info;

struct server_info {
    target_id id = 0; ///< its slot
    ip_address address;
    std::uint16_t port = 0; ///< as configured; 0 = the port the client asked for
    std::string word{};     ///< what the operator calls it; "" = nothing
    forwarding forward;
    std::int32_t weight = 1;            ///< as it is now
    std::int32_t base_weight = 1;       ///< as the file says, or an operator
    std::int32_t configured_weight = 1; ///< as the file says
    bool in_file = true;                ///< false: added at run time
    bool other_in_file = false;         ///< the same, and the file has another line for it
    /// An operator drained or disabled it then.
    std::optional<std::chrono::system_clock::time_point> since{};
    double share = 1;             ///< of base_weight: what agents and a slow start leave
    std::vector<idle_reason> why; ///< it gets no new connections; empty = it may
    /// What its checks have against it: unproven, held or down. It may be used all the same.
    std::optional<idle_reason> doubt;
    std::uint32_t active = 0;
    std::uint32_t inactive = 0;
    std::uint32_t templates = 0; ///< persistence leads that many clients there
    bool fallback = false;       ///< takes what the servers cannot
    std::uint32_t upper = 0;     ///< 0 = no limit
    std::uint32_t lower = 0;
    server_totals totals;

    bool is(idle_reason reason) const { return std::ranges::find(why, reason) != why.end(); }
    /// It takes new connections as far as its checks count: some that are in doubt do.
    bool used() const { return !doubt || !is(*doubt); }
    /// state_of() its reasons; a doubt that does not keep it from being used counts here too.
    std::string_view state() const {
        const std::string_view idle = state_of(why);
        return idle == "up" && doubt ? name_of(*doubt) : idle;
    }
};

struct service_info {
    std::string name;
    bool removed = false; ///< gone from the configuration; its connections go on
    std::vector<endpoint> listen;
    std::string scheduler;
    std::vector<std::string> scheduler_options;
    std::uint32_t persistence = 0; ///< seconds; 0 = none
    bool one_packet = false;
    std::uint32_t quorum = 1;        ///< the weight that its good servers need, together
    std::uint64_t quorum_weight = 0; ///< that they have
    bool quorum_up = true;           ///< it has its quorum
    std::uint8_t prefix = 0;         ///< of clients that belong together; 0 = whole addresses
    /// In the order of the file, the fallback and removed ones after them.
    std::vector<server_info> servers;
    server_totals totals; ///< of its servers, former ones included

    /// The port packets go to; 0 = the one the client asked for.
    std::uint16_t port_of(const server_info& server) const;
    /// The same; the port of the first listener where the client chooses.
    std::uint16_t first_port_of(const server_info& server) const {
        return server.port != 0 ? server.port : listen.front().port;
    }
};

/// The books of one core, or a sum of them.
struct books_info {
    std::uint64_t received = 0;
    std::uint64_t transmitted = 0;
    std::uint64_t to_twin = 0;
    std::uint64_t heard = 0;
    std::array<std::uint64_t, drop_reasons> dropped{};
    std::uint64_t from_linux = 0;
    std::uint64_t linux_sent = 0;
    std::uint64_t linux_lost = 0;
    std::uint64_t generated = 0;
    std::uint64_t generated_lost = 0;
    std::uint64_t withheld = 0;
    std::uint64_t claimed = 0;
    std::uint64_t handed_over = 0;
    std::uint64_t table_full = 0;
    std::uint64_t over_share = 0;
    std::uint64_t displaced = 0;
    std::uint64_t passed_over = 0;

    books_info() = default;
    explicit books_info(const packet_books& books);
    books_info& operator+=(const books_info& other);
};

struct worker_info {
    unsigned number = 0;
    unsigned cpu = 0;
    std::uint64_t cycles = 0;        ///< time stamp counter cycles it has run
    std::uint64_t busy_cycles = 0;   ///< of those, in turns that found work
    std::uint32_t inbox = 0;         ///< packets that wait in it
    std::uint32_t inbox_size = 0;    ///< most that can
    std::uint32_t timers_behind = 0; ///< seconds that connections end late
    books_info books;
};

struct port_info {
    std::string name;
    std::string device;         ///< as configured
    std::string twin;           ///< "" = none
    std::string twin_trouble{}; ///< "missing", "lacks 192.0.2.2/24"; "" = it is as weir made it
    struct member {
        std::string name; ///< as configured
        bool link = false;
        bool carries = false; ///< packets may leave through it
    };
    std::vector<member> members{}; ///< of a bond
    struct offload {
        std::string name;
        bool used = false;
    };
    std::vector<offload> offloads{}; ///< that the device offers
    bool link = false;
    std::uint32_t speed = 0; ///< Mbit/s; 0 = unknown
    mac_address mac;
    std::uint16_t mtu = 0;
    std::uint16_t vlan = 0; ///< 0 = untagged
    unsigned rx_queues = 0;
    unsigned tx_queues = 0;
    struct {
        std::uint64_t rx_packets = 0, rx_bytes = 0, rx_missed = 0, rx_errors = 0, rx_no_buffer = 0;
        std::uint64_t tx_packets = 0, tx_bytes = 0, tx_errors = 0;
    } device_stats; ///< as the device counts; ports on one device (VLANs) share them
};

struct neighbour_info {
    ip_address address;
    std::string port;
    std::optional<mac_address> mac; ///< nothing = not resolved
    std::uint32_t idle = 0;         ///< seconds since a worker last used it
};

struct director_info {
    std::string name;
    std::string config_file;
    std::chrono::seconds uptime{0};
    std::chrono::system_clock::time_point loaded; ///< when the file in force was read
    std::uint64_t reloads = 0;                    ///< that were applied
    std::string last_error;                       ///< of the last reload; "" = it was applied
};

/// What listing the connection table takes. All outlive the command server.
struct connection_source {
    const flow_table* flows = nullptr;
    const flow_target* targets = nullptr; ///< by target_id
    const grace_periods* grace = nullptr; ///< made for one reader more than there are workers
    unsigned reader = 0;                  ///< the control core's number in it, offline between uses
};

/// One moment by both clocks, and how fast the first one runs: when was what a worker saw?
struct cycle_clock {
    std::uint64_t cycles = 0; ///< time stamp counter
    std::uint64_t hz = 1;
    std::chrono::system_clock::time_point time{};

    std::chrono::system_clock::time_point time_of(std::uint64_t then) const {
        const double seconds =
            (static_cast<double>(then) - static_cast<double>(cycles)) / static_cast<double>(hz);
        return time
               + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                   std::chrono::duration<double>(seconds));
    }
};

/// What operators changed about a server at run time, and when.
struct change_info {
    using moment = std::chrono::system_clock::time_point;
    std::string service;
    std::string server; ///< ADDRESS[:PORT], as the file names it
    std::optional<std::int32_t> weight{};
    std::int32_t weight_in_file = 0; ///< with `weight`
    moment weight_since{};
    std::optional<moment> disabled{};
    std::string line{}; ///< of an added server, as behind `server =`
    std::optional<moment> added{};
    std::optional<moment> removed{};
};

/// What the director shows and does. Services are counted off by their place in the configuration,
/// so that ten thousand of them can be shown a few at a time.
class director_view {
public:
    virtual ~director_view() = default;

    virtual director_info about() const = 0;
    virtual std::size_t service_count() const = 0;
    /// Removed services whose connections go on. Their places follow the others'.
    virtual std::size_t removed_count() const = 0;
    /// The names of those that lack their quorum.
    virtual std::vector<std::string> without_quorum() const = 0;
    /// Fills `info`, reusing its memory. `index` below service_count() + removed_count().
    virtual void service(std::size_t index, service_info& info) const = 0;
    /// The place of the service with this name or listener (`address:port[/protocol]`); of a
    /// removed one by its name.
    virtual std::optional<std::size_t> find_service(const std::string& name) const = 0;
    /// What the operator calls the server in this slot, also a removed one; "" = nothing.
    virtual std::string_view server_word(target_id id) const = 0;
    virtual std::vector<worker_info> workers() const = 0;
    virtual books_info control_books() const = 0;
    virtual std::vector<port_info> ports() const = 0;
    virtual std::vector<neighbour_info> neighbours() const = 0;
    virtual connection_source connections() const = 0;
    virtual std::vector<vrrp_info> vrrps() const = 0;
    virtual std::vector<peer_info> peers() const = 0;
    virtual std::vector<rival_info> rivals() const = 0;
    /// Turns of the thread that runs VRRP, by how late they were: entry i counts those below 2^i
    /// microseconds, the last all others.
    virtual std::vector<std::uint64_t> heart_lateness() const = 0;
    /// The coarse clock that connections are timed by, seconds.
    virtual std::uint32_t now() const = 0;

    /// Workers show packets from now on. Null: as many watch already as may.
    virtual std::shared_ptr<watch::watch> add_watch(watch::order wanted) = 0;
    virtual void end_watch(const watch::watch& which) = 0;
    virtual cycle_clock cycles() const = 0;

    /// The checks of a service, server by server.
    virtual std::vector<check_info> checks(std::size_t service) const = 0;
    virtual health::punctuality check_figures() const = 0;

    // Changes. Each returns what is wrong in one line, or "". `service` as for find_service(),
    // `server` is `address[:port]`.
    virtual std::string set_weight(const std::string& service, const std::string& server,
                                   std::int32_t weight) = 0;
    virtual std::string set_disabled(const std::string& service, const std::string& server,
                                     bool disabled) = 0;
    /// Adds a server to a service, by a line as behind `server =`; returns all that is wrong.
    virtual std::vector<config::problem> add_server(const std::string& service,
                                                    const std::string& line) = 0;
    /// Its connections go on, as with one that the file drops.
    virtual std::string remove_server(const std::string& service, const std::string& server) = 0;
    /// What is changed now.
    virtual std::vector<change_info> changed_servers() const = 0;
    /// Hands the addresses of a `[vrrp NAME]` and its group to a peer.
    virtual std::string hand_over(const std::string& vrrp) = 0;
    /// Applies the file as it is now, or returns all that is wrong and changes nothing.
    /// `mistakes` empty: it is done, with these changes.
    virtual config::reload_outlook reload() = 0;
    /// What reload() would do now.
    virtual config::reload_outlook would_reload() = 0;
};

} // namespace weir::command
