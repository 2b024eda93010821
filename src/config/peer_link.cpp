#include "config/peer_link.h"

#include <array>
#include <vector>

#include <fmt/format.h>

#include "config/problem.h"
#include "config/values.h"

namespace weir::config {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t shortest_interval_of_link = 5; // milliseconds
constexpr std::uint64_t longest_interval_of_link = 60'000;
constexpr std::uint64_t most_sector = 65535;
constexpr std::array<unsigned, 8> bauds{9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600};

ip_address host_of(std::string_view text) {
    const ip_address found = address(std::string(text));
    if (is_host(found)) return found;
    throw bad_value(fmt::format("{} is not an address a host can have: give a unicast address",
                                in_quotes(text)));
}

/// `ADDRESS`, `IPV4:PORT` or `[IPV6]:PORT`.
void set_peer(peer_link& l, const std::string& text) {
    if (const auto whole = parse_address(text)) {
        l.address = host_of(text);
        return;
    }
    const std::size_t colon = text.rfind(':');
    std::string_view host = std::string_view(text).substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    l.address = host_of(host);
    if (colon != std::string::npos)
        l.port = static_cast<std::uint16_t>(number(text.substr(colon + 1), 1, 65535));
}

void set_path(peer_link& l, const std::string& text) {
    if (!text.starts_with('/'))
        throw bad_value(fmt::format("{} is not a path from the root", in_quotes(text)));
    l.device = text;
}

void set_baud(peer_link& l, std::string_view text) {
    for (const unsigned rate : bauds)
        if (text == std::to_string(rate)) {
            l.baud = rate;
            return;
        }
    throw bad_value(fmt::format("{} is not one of {}", in_quotes(text), fmt::join(bauds, ", ")));
}

std::uint32_t sector_of(std::string_view text) {
    return static_cast<std::uint32_t>(number(text, 0, most_sector));
}

} // namespace

const char* to_string(link_kind kind) {
    constexpr const char* names[] = {"udp", "serial", "disk"};
    return names[static_cast<std::size_t>(kind)];
}

std::string name_of(const peer_link& l) {
    if (l.kind != link_kind::udp) return fmt::format("{} {}", to_string(l.kind), l.device);
    return "udp " + to_string(l.address, l.port);
}

peer_link read_link(const std::string& value) {
    std::vector<std::string> parts = quoted_words(value);
    peer_link l;
    l.kind = static_cast<link_kind>(one_of(parts.front(), {"udp", "serial", "disk"}));
    if (parts.size() < 2)
        throw bad_value(l.kind == link_kind::udp ? "the peer's address is missing: `udp 10.0.0.2`"
                        : l.kind == link_kind::serial
                            ? "the device is missing: `serial /dev/ttyS0`"
                            : "the device is missing: `disk /dev/sdb write=0 read=1`");
    const std::string where = parts[1];
    parts.erase(parts.begin(), parts.begin() + 2);
    std::vector<pair_reader> readers{{"interval", [&](std::string_view text) {
                                          l.interval = milliseconds(text, shortest_interval_of_link,
                                                                    longest_interval_of_link);
                                      }}};
    bool writes = false;
    bool reads = false;
    switch (l.kind) {
    case link_kind::udp:
        set_peer(l, where);
        readers.push_back({"source", [&](std::string_view text) { l.source = host_of(text); }});
        break;
    case link_kind::serial:
        l.interval = 100ms;
        set_path(l, where);
        readers.push_back({"baud", [&](std::string_view text) { set_baud(l, text); }});
        break;
    case link_kind::disk:
        l.interval = 1s;
        set_path(l, where);
        readers.push_back({"write", [&](std::string_view text) {
                               l.own = sector_of(text);
                               writes = true;
                           }});
        readers.push_back({"read", [&](std::string_view text) {
                               l.theirs = sector_of(text);
                               reads = true;
                           }});
        break;
    }
    read_pairs(parts, readers, fmt::format("property of a {} link", to_string(l.kind)));
    if (l.kind == link_kind::udp && !l.source.is_none() && l.source.is_v4() != l.address.is_v4())
        throw bad_value(fmt::format("source={} is not {} as {} is", to_string(l.source),
                                    l.address.is_v4() ? "IPv4" : "IPv6", to_string(l.address)));
    if (l.kind == link_kind::disk && (!writes || !reads || l.own == l.theirs))
        throw bad_value("each director writes a sector of its own and reads the peer's: "
                        "`write=0 read=1` here, `write=1 read=0` there");
    return l;
}

} // namespace weir::config
