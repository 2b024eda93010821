#pragma once

// Echo replies for the VIPs, and ICMP errors about packets that cannot go on. Each is built from
// the packet that called for it: `turn_echo` reuses its bytes in place, `make_icmp_error` writes a
// new frame. Errors follow RFC 1122 section 3.2.2 and RFC 4443 section 2.4(e): none about an ICMP
// error, a later fragment, a broadcast or multicast, or a source that is not one host. Pure: any
// thread.

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/headers.h"
#include "net/packet_view.h"

namespace weir::inline net {

/// The room that make_icmp_error() and make_reset() may need: IPv6 errors quote as much as fits
/// into 1280 bytes (RFC 4443 section 2.4(c)).
inline constexpr std::size_t answer_room = 1280 + 18;

/// Turns an echo request into the echo reply: swaps addresses and MACs and sets our own TTL (RFC
/// 792, RFC 4443 section 4.2). Each fragment of a request becomes one of the reply, which the
/// client puts together: only the type differs, and it is in the first one.
void turn_echo(std::byte* frame, const packet_view& view) noexcept;

/// ICMP errors by cause; the type and code follow from the family.
enum class icmp_answer : std::uint8_t {
    time_exceeded,
    too_big,
    port_unreachable,
    protocol_unreachable, ///< ICMPv6: unrecognized next header (RFC 4443 section 3.4)
};
/// Does the host that was asked for say this? Routers on the way say the rest.
constexpr bool is_said_by_host(icmp_answer what) noexcept {
    return what == icmp_answer::port_unreachable || what == icmp_answer::protocol_unreachable;
}

/// Makes an ICMP(v6) error about `frame`, from `from` (an address of the packet's family) back to
/// its source. Swaps the Ethernet addresses and keeps the VLAN tag. Only too_big uses `mtu`.
/// Returns the length of the frame in `out`, or 0 if no answer is allowed.
std::size_t make_icmp_error(std::span<const std::byte> frame, const packet_view& view,
                            icmp_answer what, const ip_address& from, std::uint16_t mtu,
                            std::span<std::byte> out) noexcept;

/// Makes an ICMP(v6) error about a packet that we put into a tunnel and that did not arrive: host
/// or address unreachable (RFC 2003 section 4, RFC 2473 section 8.2), from `from` to its source.
/// `lost` is what the error about the tunnel packet quotes of it, from its IP header on. Writes an
/// IP packet without link header. Returns its length, or 0 if no answer is allowed.
std::size_t make_tunnel_answer(std::span<const std::byte> lost, bool v6, const ip_address& from,
                               std::span<std::byte> out) noexcept;

} // namespace weir::inline net
