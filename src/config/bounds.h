#pragma once

// Limits that code outside the configuration reader also needs: code that changes weights at run
// time, and the importers, which must write no file that weir would refuse. docs/configuration.md
// states them.

#include <cstddef>
#include <cstdint>

namespace weir::config {

inline constexpr std::size_t longest_name = 32; ///< letters; for sections and the director
inline constexpr std::uint64_t most_cpu = 1023;
inline constexpr std::size_t most_ports = 32;
inline constexpr std::size_t most_peers = 8;
inline constexpr std::size_t most_links = 8;    ///< of a peer
inline constexpr std::size_t most_groups = 255; ///< of `[vrrp]` sections that move as one

inline constexpr std::size_t most_servers = 65535; ///< of a service
inline constexpr std::int32_t most_weight = 65535;
inline constexpr std::uint64_t most_connections = 1u << 30; ///< for a server's thresholds
inline constexpr std::uint64_t longest_timeout = 65535;     ///< seconds; an entry holds no more
inline constexpr std::uint64_t longest_persistence = longest_timeout; ///< it is a timeout too

inline constexpr std::uint64_t shortest_interval = 10;        ///< milliseconds; for checks
inline constexpr std::uint64_t longest_interval = 86'400'000; ///< a day; also for hold-down
inline constexpr std::uint64_t most_turns = 100;              ///< for `fall` and `rise`

} // namespace weir::config
