#pragma once

// Generic routing encapsulation (RFC 2784 section 2; RFC 7676 for IPv6): four bytes between the
// outer and the inner IP header. They name what follows by its EtherType. All flags are 0: no
// checksum, key or sequence number. A receiver that demands one of these drops the packet. Pure:
// any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "net/headers.h"

namespace weir::inline net {

struct gre {
    static constexpr std::string_view word = "gre";
    static constexpr std::size_t size = 4;
    static constexpr std::uint8_t proto(bool) noexcept { return 47; }
    static void write(std::byte* at, bool inner_v6) noexcept {
        const std::array<be16, 2> header{be16{}, ether_type_of(inner_v6)}; // flags and version: 0
        static_assert(sizeof header == size);
        std::memcpy(at, header.data(), size);
    }
};

} // namespace weir::inline net
