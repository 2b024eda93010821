#pragma once

// Follows the chain of IPv6 extension headers (RFC 8200 section 4) to the transport header. It
// reads at most 8 headers: no honest packet has more, and the work per packet must be bounded.
// Pure: any thread.

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"

namespace weir::inline net {

struct ipv6_chain {
    enum class result : std::uint8_t {
        complete,     ///< `proto` and `end` describe the header after the chain
        truncated,    ///< the packet ends inside a header
        source_route, ///< a routing header that is not used up (RFC 5095)
        strange,      ///< too long, or in an order that no host sends
    };
    result outcome = result::complete;
    std::uint8_t proto = 0;            ///< of the header at `end`
    std::size_t end = 0;               ///< counted from the IPv6 header
    std::size_t named_at = 0;          ///< where `proto` stands, counted likewise
    bool has_fragment = false;         ///< the fields below come from a fragment header
    std::uint16_t fragment_offset = 0; ///< bytes; above 0 the chain ends after the fragment header
    bool more_fragments = false;
    std::uint32_t fragment_id = 0;
};

/// Follows the chain of the packet whose IPv6 header starts `packet`, which has at least 40 bytes.
ipv6_chain follow_chain(std::span<const std::byte> packet) noexcept;

} // namespace weir::inline net
