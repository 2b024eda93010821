#pragma once

// The hash of LVS's dh and sh: multiplicative hashing (Knuth 6.4) of the address folded to 32 bits,
// as ip_vs_sh_hashkey in net/netfilter/ipvs/ip_vs_sh.c. It is weak (a client that chooses its
// address chooses its slot); we keep it to choose as LVS does.

#include <cstdint>

#include "weir/address.h"

namespace weir::schedulers {

/// The address as one number: IPv4 in host order; IPv6 as the exclusive or of its four words.
constexpr std::uint32_t lvs_fold(const ip_address& address) noexcept {
    if (address.is_v4()) return address.as_v4().host();
    const std::uint64_t words = address.high ^ address.low;
    return be32{static_cast<std::uint32_t>(words ^ words >> 32)}.host();
}

/// A slot of a table of 2^bits. `bits` from 1 to 32.
constexpr std::uint32_t lvs_slot(const ip_address& address, std::uint16_t port,
                                 unsigned bits) noexcept {
    return ((lvs_fold(address) + port) * 0x61c88647U) >> (32 - bits);
}

} // namespace weir::schedulers
