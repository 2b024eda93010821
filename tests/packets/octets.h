#pragma once

// Writes bytes in network order, one after the other, for the packet builder. Inside tests/packets
// only.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "packets/builder.h"

namespace weir::test {

using octets = std::vector<std::uint8_t>;

inline void add8(octets& out, unsigned value) {
    out.push_back(static_cast<std::uint8_t>(value));
}
inline void add16(octets& out, unsigned value) {
    add8(out, value >> 8 & 0xff);
    add8(out, value & 0xff);
}
inline void add32(octets& out, std::uint32_t value) {
    add16(out, value >> 16);
    add16(out, value & 0xffff);
}
template <typename Bytes>
void add(octets& out, const Bytes& bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}
inline void add(octets& out, const ip_address& address) {
    const auto bytes = address.bytes();
    out.insert(out.end(), bytes.begin() + (address.is_v6() ? 0 : 12), bytes.end());
}
inline void set16(octets& out, std::size_t at, std::uint16_t value) {
    out.at(at) = static_cast<std::uint8_t>(value >> 8);
    out.at(at + 1) = static_cast<std::uint8_t>(value);
}
inline void round_up(octets& out, std::size_t unit, std::size_t extra = 0) {
    while ((out.size() + extra) % unit != 0)
        out.push_back(0);
}
inline std::span<const std::byte> as_bytes(const octets& o) {
    return std::as_bytes(std::span{o});
}

/// The value of the text; throws std::invalid_argument if it has none.
inline ip_address address_from(std::string_view text) {
    const auto address = parse_address(text);
    if (!address) throw std::invalid_argument("not an address: " + std::string{text});
    return *address;
}
inline mac_address mac_from(std::string_view text) {
    const auto mac = parse_mac(text);
    if (!mac) throw std::invalid_argument("not a MAC: " + std::string{text});
    return *mac;
}

/// The IP packet of a frame, without padding.
inline octets ip_packet_of(std::span<const std::byte> frame) {
    const std::size_t ip = network_offset(frame);
    const bool is_v6 = get8(frame, ip) >> 4 == 6;
    const std::size_t length = is_v6 ? 40u + get16(frame, ip + 4) : get16(frame, ip + 2);
    octets packet;
    for (std::size_t i = 0; i < length; ++i)
        packet.push_back(get8(frame, ip + i));
    return packet;
}

} // namespace weir::test
