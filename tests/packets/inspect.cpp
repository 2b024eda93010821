// Reads frames back: their checksums, and a description.

#include <algorithm>

#include <fmt/format.h>

#include "packets/builder.h"
#include "packets/seen.h"

namespace weir::test {

namespace {

using view_of_bytes = std::span<const std::byte>;

/// `quoted`: the packet may end early; then checks only complete parts.
bool packet_good(view_of_bytes bytes, bool quoted) {
    const ip_seen ip = read_ip(bytes);
    if (!ip.header_good) return false;
    if (!ip.whole) return quoted;
    if (ip.fragment) return true;
    const std::size_t size = ip.load.size();
    const std::uint32_t seed = pseudo_seed(ip.source, ip.destination, ip.proto, size);
    switch (ip.proto) {
    case 6:
        return plain_checksum(ip.load, seed) == 0;
    case 17:
        if (size < 8) return false;
        if (get16(ip.load, 6) == 0) return !ip.v6;
        return plain_checksum(ip.load, seed) == 0;
    case 132:
        return sctp_good(ip.load);
    case 1:
    case 58: {
        if (size < 8 || plain_checksum(ip.load, ip.v6 ? seed : 0) != 0) return false;
        const std::uint8_t type = get8(ip.load, 0);
        const bool error = ip.v6 ? type < 128 : type == 3 || type == 4 || type == 11 || type == 12;
        return !error || packet_good(ip.load.subspan(8), true);
    }
    case 4:
    case 41:
        return packet_good(ip.load, false);
    case 47:
        return size >= 4 && packet_good(ip.load.subspan(4), false);
    default:
        return true;
    }
}

std::string flags_text(std::uint8_t flags) {
    constexpr std::string_view names = "FSRPAUEC";
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        if ((flags >> i & 1) != 0) text += names[i];
    return text.empty() ? "-" : text;
}

std::string describe_ip(view_of_bytes bytes, bool quoted) {
    const ip_seen ip = read_ip(bytes);
    if (ip.source.is_none() && ip.destination.is_none()) return "unreadable IP";
    const view_of_bytes load = ip.load;
    std::string text;
    const bool ports =
        (ip.proto == 6 || ip.proto == 17 || ip.proto == 132) && ip.offset == 0 && load.size() >= 4;
    if (ports)
        text = fmt::format("{} > {}", to_string(ip.source, get16(load, 0)),
                           to_string(ip.destination, get16(load, 2)));
    else
        text = fmt::format("{} > {}", to_string(ip.source), to_string(ip.destination));
    if (ip.fragment) text += fmt::format(" fragment {}{}", ip.offset, ip.more ? "+" : "");
    const bool icmp = ip.proto == (ip.v6 ? 58 : 1);
    if (ports && ip.proto == 6 && load.size() >= 20)
        text += fmt::format(" tcp {} seq {} ack {} len {}", flags_text(get8(load, 13)),
                            get32(load, 4), get32(load, 8),
                            load.size()
                                - std::min<std::size_t>(load.size(), (get8(load, 12) >> 4) * 4u));
    else if (ports && ip.proto == 17 && load.size() >= 8)
        text += fmt::format(" udp len {}", load.size() - 8);
    else if (ports && ip.proto == 132 && load.size() >= 16)
        text += fmt::format(" sctp tag {} chunk {} len {}", get32(load, 4), get8(load, 12),
                            load.size() - 12);
    else if (icmp && ip.offset == 0 && load.size() >= 8) {
        const std::uint8_t type = get8(load, 0);
        text += fmt::format(" icmp {}/{} {}", type, get8(load, 1), get32(load, 4));
        if (ip.v6 ? type < 128 : type == 3 || type == 4 || type == 11 || type == 12)
            text += fmt::format(" [{}]", describe_ip(load.subspan(8), true));
    } else
        text += fmt::format(" proto {} len {}", ip.proto, load.size());
    if (ip.proto == 47 && load.size() >= 4)
        text += fmt::format(" {:08x} [{}]", get32(load, 0), describe_ip(load.subspan(4), quoted));
    if (ip.proto == 4 || ip.proto == 41) text += fmt::format(" [{}]", describe_ip(load, quoted));
    text += fmt::format(" ttl {}", ip.ttl);
    if (!ip.whole && !quoted) text += " cut short";
    return text;
}

} // namespace

bool checksums_good(view_of_bytes frame) {
    if (frame.size() < 14) return false;
    const std::size_t network = network_offset(frame);
    const std::uint16_t type = get16(frame, network - 2);
    if (type != 0x0800 && type != 0x86dd) return true;
    return packet_good(frame.subspan(network), false);
}

std::string describe(view_of_bytes frame) {
    if (frame.size() < 14)
        return fmt::format("{} bytes, less than an Ethernet header", frame.size());
    const auto mac_at = [&](std::size_t at) {
        mac_address mac;
        for (std::size_t i = 0; i < 6; ++i)
            mac.bytes[i] = get8(frame, at + i);
        return to_string(mac);
    };
    std::string text = fmt::format("{} > {}", mac_at(6), mac_at(0));
    const std::size_t network = frame.size() >= 18 ? network_offset(frame) : 14;
    if (network == 18) text += fmt::format(" vlan {}", get16(frame, 14) & 0xfff);
    const std::uint16_t type = get16(frame, network - 2);
    const view_of_bytes load = frame.subspan(network);
    if (type == 0x0806 && load.size() >= 28) {
        const auto address = [&](std::size_t at) {
            return to_string(ip_address::v4(get8(load, at), get8(load, at + 1), get8(load, at + 2),
                                            get8(load, at + 3)));
        };
        return text + fmt::format(" arp {} {} asks {}", get16(load, 6), address(14), address(24));
    }
    if (type != 0x0800 && type != 0x86dd)
        return text + fmt::format(" type {:04x} {} bytes", type, frame.size());
    text += " " + describe_ip(load, false);
    if (!checksums_good(frame)) text += " bad checksum";
    return text;
}

} // namespace weir::test
