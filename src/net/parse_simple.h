#pragma once

// The common case of parse(): an untagged, unfragmented IPv4 or IPv6 TCP or UDP packet between two
// hosts, without options or extension headers. It runs for every packet, so it is inline and makes
// exactly the checks that parse() makes for such a packet. Pure: any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "net/address_class.h"
#include "net/checksum.h"
#include "net/headers.h"
#include "net/packet_view.h"

namespace weir::inline net {

namespace simple {

// A load of a word just written in pieces waits until every piece has reached the cache. So this
// code assembles words in registers and reads packets in whole words.

template <typename Word>
Word load(const std::byte* at) noexcept {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

/// classify() by the first byte of an IPv4 address: true for a host's.
inline constexpr std::array<bool, 256> first_of_host = [] {
    std::array<bool, 256> hosts{};
    for (std::uint32_t first = 0; first < hosts.size(); ++first)
        hosts[first] = classify(be32{first | 0x01000000}) == address_class::host;
    return hosts;
}();

/// Reads the transport header at `l4`, which has `size` bytes, at least 8. Sets the flags; false if
/// it is not whole.
inline bool transport(const std::byte* l4, std::size_t size, std::uint8_t proto,
                      std::uint8_t& tcp_flags) noexcept {
    if (proto == static_cast<std::uint8_t>(protocol::tcp)) {
        if (size < sizeof(tcp_header)) return false;
        const auto& tcp = header_at<tcp_header>(l4, 0);
        tcp_flags = tcp.flags;
        return tcp.header_length() >= sizeof tcp && tcp.header_length() <= size;
    }
    const std::size_t length = header_at<udp_header>(l4, 0).length.host();
    return proto == static_cast<std::uint8_t>(protocol::udp) && length >= sizeof(udp_header)
           && length <= size;
}

inline bool ipv4(std::span<const std::byte> frame, bool checksum_good, packet_view& view) noexcept {
    constexpr std::size_t l3 = sizeof(ether_header);
    constexpr std::size_t l4 = l3 + sizeof(ipv4_header);
    constexpr std::uint64_t must_be = 0x45; // version, header length; whole
    constexpr std::uint64_t fragment =
        be16::from_host(ipv4_header::more_fragments | ipv4_header::offset_mask).raw;
    const auto begin = load<std::uint64_t>(frame.data() + l3);      // up to the fragment offset
    const auto middle = load<std::uint64_t>(frame.data() + l3 + 8); // up to the source
    const auto end = load<std::uint64_t>(frame.data() + l3 + 16);   // destination and ports
    const auto source = static_cast<std::uint32_t>(middle >> 32);
    const auto destination = static_cast<std::uint32_t>(end);
    const std::uint16_t length = be16{static_cast<std::uint16_t>(begin >> 16)}.host();
    if ((begin & (fragment << 48 | 0xff)) != must_be
        || length < sizeof(ipv4_header) + sizeof(udp_header) || length > frame.size() - l3
        || !first_of_host[source & 0xff] || !first_of_host[destination & 0xff]
        || source == destination)
        return false;
    if (!checksum_good
        && checksum_fold((begin & UINT32_MAX) + (begin >> 32) + (middle & UINT32_MAX) + source
                         + destination)
               != 0xffff)
        return false;
    const auto proto = static_cast<std::uint8_t>(middle >> 8);
    std::uint8_t flags = 0;
    if (!transport(frame.data() + l4, length - sizeof(ipv4_header), proto, flags)) return false;
    view.key.source = ip_address::v4({source});
    view.key.destination = ip_address::v4({destination});
    view.key.set_transport(static_cast<std::uint32_t>(end >> 32), proto);
    view.set_simple(false, length, flags);
    return true;
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
        || payload > frame.size() - l4 || payload > UINT16_MAX - sizeof ip
        || classify_v6(source) != address_class::host
        || classify_v6(destination) != address_class::host || source == destination)
        return false;
    std::uint8_t flags = 0;
    if (!transport(frame.data() + l4, payload, ip.next_header, flags)) return false;
    view.key.source = source;
    view.key.destination = destination;
    view.key.set_transport(load<std::uint32_t>(frame.data() + l4), ip.next_header);
    view.set_simple(true, static_cast<std::uint16_t>(sizeof ip + payload), flags);
    return true;
}

} // namespace simple

/// Length of the shortest frame that parse_simple() looks at.
inline constexpr std::size_t least_simple_frame =
    sizeof(ether_header) + sizeof(ipv4_header) + sizeof(udp_header);

/// True: it has set all of `view` exactly as parse() would, the kind is `flow`, and the frame is
/// for one host. False: it decided nothing; call parse(). `checksum_good`: the device has verified
/// the IPv4 header's checksum.
inline bool parse_simple(std::span<const std::byte> frame, bool checksum_good,
                         packet_view& view) noexcept {
    if (frame.size() < least_simple_frame) return false;
    constexpr std::uint64_t to_group = 1;
    constexpr std::uint64_t from_group = 1;
    const auto from =
        simple::load<std::uint64_t>(frame.data() + sizeof(mac_address)); // and the type
    const std::uint64_t type = from & (std::uint64_t{UINT16_MAX} << 48 | from_group);
    if ((std::to_integer<std::uint64_t>(frame[0]) & to_group) != 0) return false;
    if (type == std::uint64_t{ether_type_of(false).raw} << 48)
        return simple::ipv4(frame, checksum_good, view);
    if (type == std::uint64_t{ether_type_of(true).raw} << 48) return simple::ipv6(frame, view);
    return false;
}

} // namespace weir::inline net
