#pragma once

// The configuration as values: the contents of a valid file. Plain data. config::load() makes it on
// the control core, which compares it on reload; the packet path never sees it. Every object
// remembers its line, for messages.

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/check.h"
#include "config/peer_link.h"
#include "config/track.h"
#include "flow/mode.h"
#include "flow/state.h"
#include "log/level.h"
#include "net/source_check.h"
#include "net/types.h"
#include "net/vrrp.h"

namespace weir::config {

/// A position in a file.
struct place {
    std::string file;
    unsigned line = 0;
    friend auto operator<=>(const place&, const place&) = default;
};

/// The places of an object's keys: one for each occurrence of a key.
using key_lines = std::map<std::string, std::vector<place>, std::less<>>;

enum class idle_mode : std::uint8_t { poll, adaptive };

/// `server = ADDRESS[:PORT] [name=WORD] [weight=N] [upper=N] [lower=N] [check=...]`
struct server {
    place where;
    ip_address address;
    std::uint16_t port = 0; ///< 0 = the port that the client addressed
    std::string word{};     ///< what the operator calls it; "" = nothing
    std::int32_t weight = 1;
    std::uint32_t upper = 0; ///< most connections; 0 = no limit
    std::uint32_t lower = 0; ///< takes new connections again below this; 0 = 75 % of upper
    std::optional<std::vector<check>> checks{}; ///< its own; nothing = the service's
};

/// `persistence = SECONDS [mask=MASK|prefix=LENGTH]`
struct persistence {
    std::chrono::seconds timeout{0};    ///< 0 = none
    std::optional<std::uint8_t> prefix; ///< leading bits of a client's address; none = all
    bool as_mask = false;               ///< the file gave it as an IPv4 mask
    friend bool operator==(const persistence&, const persistence&) = default;
};

inline constexpr unsigned whole_table = 100; ///< percent

/// What a service does with packets: all of it goes into the rule that workers read. A reload keeps
/// the rule of a service if these are equal, so a key that the rule needs belongs here.
struct service_traffic {
    std::vector<endpoint> listen; ///< at least one; all of one address family
    forwarding forward;           ///< of servers that are not the director itself
    std::string scheduler = "wlc";
    std::vector<std::string> scheduler_options;
    config::persistence persistence;
    bool one_packet = false;       ///< UDP: schedules every packet and remembers nothing
    unsigned share = whole_table;  ///< of the connection table that its flows may fill, percent
    bool expire_quiescent = false; ///< persistence does not hold clients to a server of weight 0
    flow_timeouts timeout;         ///< the director's, unless the service sets one
    friend bool operator==(const service_traffic&, const service_traffic&) = default;
};

/// `[service NAME]`. What is not traffic, a reload applies afresh each time.
struct service : service_traffic {
    place where;
    std::string name;
    std::vector<std::size_t> listen_keys; ///< for each listener, the `listen` line that holds it
    std::vector<server> servers;          ///< in the order of the file; may be empty
    std::optional<server> fallback;       ///< takes the connections that no server can take
    bool expire_nodest = false;  ///< the next packet of each connection of a removed server ends it
    bool conn_reuse = true;      ///< schedules a SYN on an ended connection again
    std::vector<check> checks{}; ///< a server is up if all of them say so; it may have its own
    down_rule on_down = down_rule::expire_udp;
    std::chrono::milliseconds slow_start{0}; ///< how long a recovered server's weight takes to grow
    flap_damping hold_down{};
    least_up min_up{};
    bool announce_route = false; ///< Linux has a route to its VIPs while this director serves them
    quorum_rule quorum{};
    std::vector<std::string> on_quorum{}; ///< a command for each change of it; empty = none
    key_lines lines{};                    ///< of its own keys
    key_lines inherited{};                ///< of those from `[defaults]`
};

/// The checks of a server of this service.
inline const std::vector<check>& checks_of(const service& in, const server& s) {
    return s.checks ? *s.checks : in.checks;
}

/// `neighbour = ADDRESS MAC`: for ports without a twin.
struct static_neighbour {
    ip_address address;
    mac_address mac;
    friend bool operator==(const static_neighbour&, const static_neighbour&) = default;
};

/// `route = PREFIX via ADDRESS [metric=N]`, `gateway = ADDRESS [metric=N]`: Linux gets it on the
/// port's twin.
struct static_route {
    place where;
    std::string key; ///< "route" or "gateway"
    prefix to;
    ip_address via;
    std::uint32_t metric = 0; ///< 0 = Linux's own: 0 for IPv4, 1024 for IPv6
    bool is(const static_route& other) const {
        return to == other.to && via == other.via && metric == other.metric;
    }
};

/// What a port is made of: fixed from start to end. A reload that changes it needs a restart.
struct port_device {
    std::string device;              ///< as device_form() writes it (config/device.h)
    std::optional<std::string> twin; ///< name of the Linux twin; none = no twin (`none`)
    std::uint16_t vlan = 0;          ///< 802.1Q id 1..4094; 0 = untagged
    std::uint16_t mtu = 1500;        ///< largest IP packet in bytes, 576..9000
    std::uint16_t queues = 0;      ///< per direction; 0 = one per worker, if the device has enough
    std::uint16_t descriptors = 0; ///< per queue; 0 = 1024
    bool promiscuous = false;
    friend bool operator==(const port_device&, const port_device&) = default;
};

/// `[port NAME]`
struct port : port_device {
    place where;
    std::string name;
    std::vector<prefix> addresses;
    std::vector<static_neighbour> neighbours;
    std::vector<static_route> routes;
    source_check check = source_check::off; ///< `source-check`
    key_lines lines{};
};

/// A command line: the words of argv, the first an absolute path.
using command = std::vector<std::string>;

/// `notify*`: a command for the transitions of a `[vrrp]` to one state, or to any.
struct vrrp_notify {
    enum class to : std::uint8_t { any, active, backup, fault, stop };
    to state = to::any;
    command run;
    friend bool operator==(const vrrp_notify&, const vrrp_notify&) = default;
};

/// How to write the checksum of VRRP version 3 over IPv4; `automatic`: as the peer does.
enum class checksum_choice : std::uint8_t { automatic, plain, pseudo };

/// `[vrrp NAME]`: addresses that directors share on one port.
struct vrrp {
    place where;
    std::string name;
    std::string port;                     ///< the name of a `[port]`
    std::uint8_t id = 0;                  ///< of the virtual router, 1..255
    std::vector<ip_address> addresses;    ///< at least one; all of one family
    std::vector<ip_address> unadvertised; ///< move with them; either family
    vrrp_version version = vrrp_version::v3;
    std::chrono::milliseconds interval{1000};
    std::uint8_t priority = 200; ///< 1..255; 255: owner
    bool preempt = true;
    std::chrono::milliseconds preempt_delay{0};
    std::string group;               ///< moves with all others of it; "": alone
    std::vector<ip_address> unicast; ///< peers; none: multicast
    std::optional<ip_address> source;
    checksum_choice checksum = checksum_choice::automatic;
    bool virtual_mac = false; ///< its addresses have a MAC address of their own
    std::chrono::milliseconds linger{2000};
    std::chrono::milliseconds start_hold{10'000}; ///< it waits at most so long at its start
    std::vector<track> tracks;                    ///< in the order of the file
    std::vector<vrrp_notify> notify;              ///< in the order of the file
    key_lines lines{};
};

/// `[peer NAME]`: a director that is kept in step with this one.
struct peer {
    place where;
    std::string name;
    ip_address address; ///< where it listens, and connects from
    std::uint16_t port = 7411;
    ip_address source;            ///< where this director does; none: any
    std::string key;              ///< a file that both have; "": the director's
    std::vector<peer_link> links; ///< for heartbeats, in the order of the file
    command fence;                ///< to be sure of its death; empty: none
    key_lines lines{};
};

/// Cores, memory, the connection table: fixed from start to end, as a port's device is.
struct director_frame {
    unsigned control = 0;             ///< CPU of the control core
    std::vector<unsigned> workers{1}; ///< CPUs of the workers, each once; may include `control`
    idle_mode idle = idle_mode::poll;
    unsigned memory = 1024;                ///< MiB for packet buffers and DPDK
    std::uint32_t connections = 1'000'000; ///< capacity of the connection table
    bool keep_connections = true;          ///< across a restart
    std::string run_dir = "/run/weir";
    std::string state_dir = "/var/lib/weir"; ///< what outlives the process
    std::string key;                         ///< a file that directors share; "" = one of its own
    friend bool operator==(const director_frame&, const director_frame&) = default;
};

/// `drain-timeout = TIME [udp=TIME]`: how long connections of a removed server go on; 0 = until
/// they end. UDP has no end of its own, so it has a time by default.
struct drain {
    std::chrono::seconds others{0};
    std::chrono::seconds udp{30};
    friend bool operator==(const drain&, const drain&) = default;
};

/// `[director]`
struct director : director_frame {
    place where;
    std::string name; ///< defaults to the host name
    log::level log = log::level::info;
    config::drain drain_timeout;
    std::chrono::milliseconds worker_deadline{2000}; ///< to poll; 0 = none
    std::string watchdog;                            ///< the machine's device; "" = none
    std::uint16_t min_path_mtu = 552;                ///< of tunnels, bytes
    std::uint32_t route_table = 74;                  ///< of Linux, for `announce = route`
    std::string script_user;                         ///< whom programs run as; "" = as weir itself
    unsigned scripts = 64;            ///< how many programs of `script` checks run at once
    std::optional<endpoint> metrics;  ///< where the page is served over HTTP
    std::vector<std::string> plugins; ///< shared objects with schedulers
    std::vector<command> notify;      ///< for every event
    flow_timeouts timeout;
    key_lines lines{};
};

/// A whole configuration.
struct configuration {
    std::string file;               ///< what weir was given
    std::vector<std::string> files; ///< all that were read; `file` first, then those it includes
    config::director director;
    std::vector<config::port> ports;
    std::vector<config::service> services;
    std::vector<config::vrrp> vrrps;
    std::vector<config::peer> peers;
    /// `[check NAME]`: the words of each of its checks, for servers that come at run time.
    std::map<std::string, std::vector<std::vector<std::string>>, std::less<>> named_checks{};
};

/// The place of a key's nth occurrence in a section; the section's if the key is
/// missing. A service may have it from `[defaults]`.
template <typename T>
place place_of(const T& object, std::string_view key, std::size_t nth = 0) {
    const auto at = [&](const key_lines& lines) -> const place* {
        const auto found = lines.find(key);
        return found == lines.end() || nth >= found->second.size() ? nullptr : &found->second[nth];
    };
    if (const place* const own = at(object.lines)) return *own;
    if constexpr (requires { object.inherited; })
        if (const place* const shared = at(object.inherited)) return *shared;
    return object.where;
}

} // namespace weir::config
