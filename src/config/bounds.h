#pragma once

// Bounds that others keep beside the reader of configurations: what changes weights at run time,
// the importers, which write no file that weir would refuse. docs/configuration.md states them.

#include <cstddef>
#include <cstdint>

namespace weir::config {

inline constexpr std::size_t longest_name = 32; ///< letters; of sections and the director
inline constexpr std::uint64_t most_cpu = 1023;
inline constexpr std::size_t most_ports = 32;

inline constexpr std::int32_t most_weight = 65535;
inline constexpr std::uint64_t most_connections = 1u << 30; ///< of a server's threshold
inline constexpr std::uint64_t longest_timeout = 65535;     ///< seconds; what an entry has room for
inline constexpr std::uint64_t longest_persistence = longest_timeout; ///< it is a timeout

inline constexpr std::uint64_t shortest_interval = 10;        ///< milliseconds; of checks
inline constexpr std::uint64_t longest_interval = 86'400'000; ///< a day; of hold-down, too
inline constexpr std::uint64_t most_turns = 100;              ///< of `fall` and `rise`

} // namespace weir::config
