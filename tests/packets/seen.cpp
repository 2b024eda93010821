// Reads the packets of received frames.

#include "packets/seen.h"

#include <algorithm>

namespace weir::test {

namespace {

bool has_ports(const ip_seen& ip) {
    return (ip.proto == 6 || ip.proto == 17 || ip.proto == 132) && ip.offset == 0
           && ip.load.size() >= 4;
}

bool has_icmp(const ip_seen& ip) {
    return ip.proto == (ip.v6 ? 58 : 1) && ip.load.size() >= 8;
}

} // namespace

ip_seen read_ip(std::span<const std::byte> p) {
    ip_seen parts;
    if (p.size() < 20) return parts;
    std::size_t header = 0;
    std::size_t length = 0;
    if (get8(p, 0) >> 4 == 4) {
        header = (get8(p, 0) & 0xfu) * 4u;
        length = get16(p, 2);
        if (header < 20 || header > p.size()) return parts;
        parts.header_good = plain_checksum(p.first(header)) == 0;
        parts.id = get16(p, 4);
        parts.df = (get16(p, 6) & 0x4000) != 0;
        parts.offset = (get16(p, 6) & 0x1fffu) * 8u;
        parts.more = (get16(p, 6) & 0x2000) != 0;
        parts.fragment = parts.more || parts.offset > 0;
        parts.ttl = get8(p, 8);
        parts.proto = get8(p, 9);
        parts.source = ip_address::v4(get8(p, 12), get8(p, 13), get8(p, 14), get8(p, 15));
        parts.destination = ip_address::v4(get8(p, 16), get8(p, 17), get8(p, 18), get8(p, 19));
    } else if (get8(p, 0) >> 4 == 6 && p.size() >= 40) {
        parts.v6 = true;
        length = 40u + get16(p, 4);
        parts.proto = get8(p, 6);
        parts.ttl = get8(p, 7);
        parts.source = ip_address::v6(p.data() + 8);
        parts.destination = ip_address::v6(p.data() + 24);
        header = 40;
        const auto is_extension = [&] {
            return parts.proto == 0 || parts.proto == 43 || parts.proto == 44 || parts.proto == 60;
        };
        while (is_extension() && header + 8 <= p.size() && parts.offset == 0) {
            const bool cut = parts.proto == 44;
            if (cut) {
                parts.id = get32(p, header + 4);
                parts.fragment = (get16(p, header + 2) & 0xfff9) != 0;
                parts.offset = get16(p, header + 2) & 0xfff8u;
                parts.more = (get16(p, header + 2) & 1) != 0;
            }
            parts.proto = get8(p, header);
            header += cut ? 8 : (get8(p, header + 1) + 1u) * 8u;
        }
    } else {
        return parts;
    }
    parts.length = length;
    parts.whole = length <= p.size() && header <= length;
    header = std::min(header, p.size());
    parts.load = p.subspan(header, std::clamp(length, header, p.size()) - header);
    return parts;
}

std::uint16_t ip_seen::source_port() const {
    return has_ports(*this) ? get16(load, 0) : std::uint16_t{0};
}

std::uint16_t ip_seen::destination_port() const {
    return has_ports(*this) ? get16(load, 2) : std::uint16_t{0};
}

std::uint8_t ip_seen::tcp_flags() const {
    return proto == 6 && load.size() >= 20 ? get8(load, 13) : std::uint8_t{0};
}

std::uint16_t ip_seen::udp_checksum() const {
    return proto == 17 && load.size() >= 8 ? get16(load, 6) : std::uint16_t{0};
}

std::uint8_t ip_seen::icmp_type() const {
    return has_icmp(*this) ? get8(load, 0) : std::uint8_t{0};
}

std::uint8_t ip_seen::icmp_code() const {
    return has_icmp(*this) ? get8(load, 1) : std::uint8_t{0};
}

std::uint32_t ip_seen::icmp_mtu() const {
    if (!has_icmp(*this)) return 0;
    return v6 ? get32(load, 4) : get16(load, 6);
}

ip_seen ip_in(std::span<const std::byte> frame) {
    return read_ip(frame.subspan(network_offset(frame)));
}

ip_seen carried_by(const ip_seen& tunnel) {
    if (tunnel.proto == 4 || tunnel.proto == 41) return read_ip(tunnel.load);
    if (tunnel.proto == 47 && tunnel.load.size() >= 4) return read_ip(tunnel.load.subspan(4));
    return {};
}

std::uint16_t ether_type_in(std::span<const std::byte> frame) {
    return get16(frame, network_offset(frame) - 2);
}

namespace {

mac_address mac_at(std::span<const std::byte> bytes, std::size_t at) {
    mac_address mac;
    for (std::size_t i = 0; i < mac.bytes.size(); ++i)
        mac.bytes[i] = get8(bytes, at + i);
    return mac;
}

} // namespace

mac_address destination_mac_in(std::span<const std::byte> frame) {
    return frame.size() < 14 ? mac_address{} : mac_at(frame, 0);
}

mac_address source_mac_in(std::span<const std::byte> frame) {
    return frame.size() < 14 ? mac_address{} : mac_at(frame, 6);
}

arp_seen arp_in(std::span<const std::byte> frame) {
    constexpr std::size_t size = 28;
    if (frame.size() < 14 || ether_type_in(frame) != 0x0806) return {};
    const auto arp = frame.subspan(network_offset(frame));
    if (arp.size() < size) return {};
    const auto address_at = [&](std::size_t at) {
        return ip_address::v4(get8(arp, at), get8(arp, at + 1), get8(arp, at + 2),
                              get8(arp, at + 3));
    };
    return {get16(arp, 6), mac_at(arp, 8), address_at(14), mac_at(arp, 18), address_at(24)};
}

ip_address address_of(std::string_view text) {
    return parse_address(text).value();
}

} // namespace weir::test
