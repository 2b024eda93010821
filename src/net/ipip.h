#pragma once

// IP in IP: nothing stands between the outer and the inner header, whose kind the outer header's
// protocol field names (RFC 2003, RFC 2473, RFC 4213). Pure: any thread.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/types.h"

namespace weir::inline net {

struct ipip {
    static constexpr std::string_view word = "ipip";
    /// Bytes between the outer and the inner IP header.
    static constexpr std::size_t size = 0;
    /// What the outer header says of what it carries.
    static constexpr std::uint8_t proto(bool inner_v6) noexcept {
        return static_cast<std::uint8_t>(inner_v6 ? protocol::ipv6 : protocol::ipv4);
    }
    static void write(std::byte*, bool) noexcept {}
};

} // namespace weir::inline net
