#pragma once

// The common case of parse(): an untagged, unfragmented IPv4 or IPv6 TCP or UDP packet between two
// hosts, without options or extension headers. It runs for every packet, so it is inline, and
// checks everything parse() checks for such a packet and nothing else. Pure: any thread.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "net/address_class.h"
#include "net/checksum.h"
#include "net/headers.h"
#include "net/packet_view.h"

namespace weir {

namespace simple {

// A load of what was just written in pieces waits until every piece has reached the cache: words
// are put together in registers here.

/// Reads the transport header of `size` bytes of transport at `l4`, which holds at least 8.
inline bool transport(const std::byte* l4, std::size_t size, std::uint8_t proto,
                      packet_view& view) noexcept {
    const auto& udp = header_at<udp_header>(l4, 0);
    std::uint32_t ports; // they stand at the same place in TCP
    std::memcpy(&ports, l4, sizeof ports);
    if (proto == static_cast<std::uint8_t>(protocol::tcp)) {
        if (size < sizeof(tcp_header)) return false;
        const auto& tcp = header_at<tcp_header>(l4, 0);
        if (tcp.header_length() < sizeof tcp || tcp.header_length() > size) return false;
        view.tcp_flags = tcp.flags;
        view.opens = tcp.opens();
    } else if (proto == static_cast<std::uint8_t>(protocol::udp)) {
        if (udp.length.host() < sizeof udp || udp.length.host() > size) return false;
    } else {
        return false;
    }
    view.key.set_transport(ports, proto);
    view.kind = packet_kind::flow;
    return true;
}

inline bool ipv4(std::span<const std::byte> frame, ip_checksum device_says,
                 packet_view& view) noexcept {
    constexpr std::size_t l3 = sizeof(ether_header);
    constexpr std::size_t l4 = l3 + sizeof(ipv4_header);
    constexpr be16 fragment =
        be16::from_host(ipv4_header::more_fragments | ipv4_header::offset_mask);
    const auto& ip = header_at<ipv4_header>(frame.data(), l3);
    const std::size_t length = ip.total_length.host();
    if (ip.version_ihl != 0x45 || (ip.fragment.raw & fragment.raw) != 0
        || length < sizeof ip + sizeof(udp_header) || length > frame.size() - l3)
        return false;
    std::uint64_t addresses; // the source's bytes are the lower ones
    std::memcpy(&addresses, &ip.source, sizeof addresses);
    const auto source = static_cast<std::uint32_t>(addresses);
    const auto destination = static_cast<std::uint32_t>(addresses >> 32);
    if (classify({source}) != address_class::host || classify({destination}) != address_class::host
        || source == destination)
        return false;
    if (device_says != ip_checksum::good
        && (device_says == ip_checksum::bad || !header_checksum_good(ip)))
        return false;
    constexpr be16 df = be16::from_host(ipv4_header::dont_fragment);
    view = {.key = {{0, ip_address::v4_marker | addresses << 32},
                    {0, ip_address::v4_marker | (addresses & ~std::uint64_t{UINT32_MAX})},
                    {},
                    {},
                    0},
            .l3 = l3,
            .l4 = l4,
            .ip_length = static_cast<std::uint16_t>(length),
            .dont_fragment = (ip.fragment.raw & df.raw) != 0,
            .fragment_id = ip.id.host()};
    return transport(frame.data() + l4, length - sizeof ip, ip.proto, view);
}

inline bool ipv6(std::span<const std::byte> frame, packet_view& view) noexcept {
    constexpr std::size_t l3 = sizeof(ether_header);
    constexpr std::size_t l4 = l3 + sizeof(ipv6_header);
    if (frame.size() < l4 + sizeof(udp_header)) return false;
    const auto& ip = header_at<ipv6_header>(frame.data(), l3);
    const std::size_t payload = ip.payload_length.host();
    const ip_address source = ip_address::v6(ip.source.data());
    const ip_address destination = ip_address::v6(ip.destination.data());
    if ((ip.version_class_flow.raw & 0xf0) != 0x60 || payload < sizeof(udp_header)
        || payload > frame.size() - l4 || payload > UINT16_MAX - sizeof ip)
        return false;
    if (classify_v6(source) != address_class::host
        || classify_v6(destination) != address_class::host || source == destination)
        return false;
    view = {.key = {source, destination, {}, {}, 0},
            .l3 = l3,
            .l4 = l4,
            .ip_length = static_cast<std::uint16_t>(sizeof ip + payload),
            .v6 = true,
            .dont_fragment = true};
    return transport(frame.data() + l4, payload, ip.next_header, view);
}

} // namespace simple

/// True: `view` is set, all of it, as parse() would have, and its kind is `flow`. False: nothing
/// decided, call parse().
inline bool parse_simple(std::span<const std::byte> frame, ip_checksum device_says,
                         packet_view& view) noexcept {
    if (frame.size() < sizeof(ether_header) + sizeof(ipv4_header) + sizeof(udp_header))
        return false;
    const auto& ether = header_at<ether_header>(frame.data(), 0);
    if (((ether.destination.bytes[0] | ether.source.bytes[0]) & 1) != 0) return false; // groups
    if (ether.type == ether_type_of(false)) return simple::ipv4(frame, device_says, view);
    if (ether.type == ether_type_of(true)) return simple::ipv6(frame, view);
    return false;
}

} // namespace weir
