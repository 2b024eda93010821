#pragma once

// How weirctl shows services, servers and connections: in the layouts of ipvsadm 1.31 (`-Ln`,
// `--stats`, `--rate`, `--thresholds`, `--persistent-conn`, `-Lnc`), to the space, because scripts
// read them. What weir adds stands at the end of a line. Pure functions from the director's JSON to
// text.

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace weir::weirctl {

enum class list_layout { plain, stats, rate, thresholds, persistent };

/// Is it not up by its checks, and used all the same?
bool used_anyway(const nlohmann::json& server);

/// A count as ipvsadm shows it, 9 wide with a leading space or more: plain below 10^8, then in K, M
/// (from 10^9), G (from 10^11) and T (from 10^14), cut off; all digits when `exact`.
std::string large_number(std::uint64_t value, bool exact);

/// The two lines above the services.
std::string list_title(list_layout layout);

/// A service: a line for each address it listens on, each followed by all its servers. `service`
/// and `servers` as the command `list` sends them.
std::string list_service(const nlohmann::json& service, const std::vector<nlohmann::json>& servers,
                         list_layout layout, bool exact);

/// An address that a service listens on, taken apart.
struct listener {
    std::string where;    ///< "10.0.0.1:80"
    std::string protocol; ///< "tcp"
    std::string port;     ///< "80"
};
listener to_listener(const std::string& text);

/// "192.0.2.11:80". A server without a port of its own has the listener's.
std::string name_of(const nlohmann::json& server, const listener& at);

/// "3d 04:05:06".
std::string duration(std::uint64_t seconds);

/// The mask of persistence as ipvsadm has it, a prefix length for IPv6; "" for whole addresses.
std::string persistence_mask(const nlohmann::json& service, bool v6);

/// The scheduler's options as LVS spells its flags: "sh-fallback,sh-port"; others as they are.
std::string scheduler_flags(const nlohmann::json& service);

/// The two lines above the connections.
std::string connections_title();

/// A connection as the command `connections` sends it.
std::string connection_line(const nlohmann::json& connection);

/// Checks as the command `checks` sends them: a line above, then one for each, as wide as the
/// longest names. A column for servers' names is there if any server has one.
std::string check_table(const std::vector<nlohmann::json>& checks);

} // namespace weir::weirctl
