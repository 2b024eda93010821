#pragma once

// The first bytes of records: their type, and the flags of a flow. Only records_read.cpp and
// records_write.cpp need them.

#include <cstdint>

namespace weir::sync {

enum class kind : std::uint8_t {
    hello = 1,
    file_print,
    target,
    flow,
    gone,
    mark,
    ack,
    unknown,
    again,
    bye,
    setting,
};

inline constexpr std::uint8_t v6_flag = 1;
inline constexpr std::uint8_t control_flag = 2;
inline constexpr std::uint8_t flow_flags = v6_flag | control_flag;

} // namespace weir::sync
