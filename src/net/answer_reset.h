#pragma once

// TCP resets, each built from the packet that called for it. Pure: any thread.

#include <cstddef>
#include <span>

#include "net/packet_view.h"

namespace weir::inline net {

/// The reset for a TCP packet that belongs to no connection (RFC 9293 section 3.10.7.1), as a new
/// frame in `out`. Returns its length, or 0 if there is none: for a reset, for a packet that must
/// not be answered (RFC 1122 section 3.2.2), and for a fragmented packet, whose length is unknown:
/// the reset would have to acknowledge it.
std::size_t make_reset(std::span<const std::byte> frame, const packet_view& view,
                       std::span<std::byte> out) noexcept;

} // namespace weir::inline net
