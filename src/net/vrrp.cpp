#include "net/vrrp.h"

#include <algorithm>

#include "net/answer_parts.h"
#include "net/checksum.h"

namespace weir::inline net {

namespace {

constexpr std::uint8_t advertisement = 1;
constexpr std::size_t authentication_v2 = 8;        // bytes behind the addresses
constexpr std::uint16_t centiseconds = 100;         // in a second
constexpr std::uint8_t internetwork_control = 0xc0; // traffic class, as other routers'

constexpr std::size_t address_size(bool v6) noexcept {
    return v6 ? 16 : 4;
}

/// Of the IP header; 0 when there is none of a known version with all its bytes.
std::size_t ip_header_of(std::span<const std::byte> packet) noexcept {
    if (packet.empty()) return 0;
    const unsigned version = std::to_integer<unsigned>(packet[0]) >> 4;
    if (version == 6) return packet.size() < sizeof(ipv6_header) ? 0 : sizeof(ipv6_header);
    if (version != 4 || packet.size() < sizeof(ipv4_header)) return 0;
    const std::size_t length = header_at<ipv4_header>(packet.data(), 0).header_length();
    return length < sizeof(ipv4_header) || length > packet.size() ? 0 : length;
}

bool checksum_right(std::span<const std::byte> message, const vrrp_message& of,
                    vrrp_checksum form) noexcept {
    checksum_sum sum = checksum_add(message);
    if (form == vrrp_checksum::pseudo)
        sum += pseudo_header_sum(of.source, of.destination, protocol::vrrp,
                                 static_cast<std::uint32_t>(message.size()));
    return checksum_fold(sum) == 0xffff;
}

/// Finds the form in which the checksum is right.
bool judge_checksum(std::span<const std::byte> bytes, vrrp_message& message) noexcept {
    const bool v6 = message.source.is_v6();
    for (const vrrp_checksum form : {vrrp_checksum::plain, vrrp_checksum::pseudo}) {
        const bool in_use = message.version == vrrp_version::v2
                                ? form == vrrp_checksum::plain
                                : !v6 || form == vrrp_checksum::pseudo;
        if (!in_use || !checksum_right(bytes, message, form)) continue;
        message.form = form;
        return true;
    }
    return false;
}

bool is_link_local(const ip_address& v6) noexcept {
    return (v6.high & 0xc0ff) == 0x80fe; // fe80::/10
}

} // namespace

std::string_view name_of(vrrp_fault fault) noexcept {
    constexpr std::array<std::string_view, vrrp_faults> names{
        "none",           "ttl",        "version",  "type",          "length", "checksum",
        "authentication", "no_address", "interval", "not_link_local"};
    return names[static_cast<std::size_t>(fault)];
}

ip_address vrrp_message::address(std::size_t index) const noexcept {
    if (source.is_v6()) return ip_address::v6(list.data() + index * 16);
    return ip_address::v4(header_at<be32>(list.data(), index * 4));
}

std::uint8_t vrrp_id_of(std::span<const std::byte> packet) noexcept {
    const std::size_t at = ip_header_of(packet);
    if (at == 0 || packet.size() < at + sizeof(vrrp_header)) return 0;
    return header_at<vrrp_header>(packet.data(), at).id;
}

vrrp_fault parse_vrrp(std::span<const std::byte> packet, vrrp_version expected, bool any_ttl,
                      vrrp_message& message) noexcept {
    message = {};
    const std::size_t at = ip_header_of(packet);
    if (at == 0) return vrrp_fault::length;
    const bool v6 = at == sizeof(ipv6_header) && std::to_integer<unsigned>(packet[0]) >> 4 == 6;
    const auto [source, destination] = addresses_of(packet.data(), v6);
    message.source = source;
    message.destination = destination;
    const std::uint8_t ttl = v6 ? header_at<ipv6_header>(packet.data(), 0).hop_limit
                                : header_at<ipv4_header>(packet.data(), 0).ttl;
    if (ttl != vrrp_ttl && !any_ttl) return vrrp_fault::ttl;
    const std::span<const std::byte> payload = packet.subspan(at);
    if (payload.size() < sizeof(vrrp_header)) return vrrp_fault::length;

    const auto& header = header_at<vrrp_header>(payload.data(), 0);
    if (header.version_type >> 4 != static_cast<unsigned>(expected)) return vrrp_fault::version;
    const bool old = expected == vrrp_version::v2;
    message.version = expected;
    message.id = header.id;
    message.priority = header.priority;
    const std::uint16_t interval = header.interval.host();
    message.interval =
        static_cast<std::uint16_t>(old ? (interval & 0xff) * centiseconds : interval & 0xfff);
    if ((header.version_type & 0xf) != advertisement) return vrrp_fault::type;
    const std::size_t list = header.count * address_size(v6);
    const std::size_t length = sizeof header + list + (old ? authentication_v2 : 0);
    if (payload.size() < length) return vrrp_fault::length;
    message.list = payload.subspan(sizeof header, list);
    if (!judge_checksum(payload.first(length), message)) return vrrp_fault::checksum;
    if (old && interval >> 8 != 0) return vrrp_fault::authentication;
    if (header.count == 0) return vrrp_fault::no_address;
    if (message.interval == 0) return vrrp_fault::interval;
    if (v6 && !is_link_local(source) && !any_ttl) return vrrp_fault::not_link_local;
    return vrrp_fault::none;
}

std::size_t make_vrrp(const vrrp_advertisement& what, std::span<std::byte> out) noexcept {
    const bool v6 = what.source.is_v6();
    const bool old = what.version == vrrp_version::v2;
    const std::size_t list = what.addresses.size() * address_size(v6);
    const std::size_t length = sizeof(vrrp_header) + list + (old ? authentication_v2 : 0);
    const std::size_t at = ip_header_size(v6);
    if (out.size() < at + length || what.addresses.size() > UINT8_MAX) return 0;
    write_ip_header(out.data(), {.source = what.source,
                                 .destination = what.destination,
                                 .proto = protocol::vrrp,
                                 .payload = length,
                                 .ttl = vrrp_ttl,
                                 .traffic_class = internetwork_control});
    const std::span<std::byte> message = out.subspan(at, length);
    std::fill(message.begin(), message.end(), std::byte{});
    auto& header = header_at<vrrp_header>(message.data(), 0);
    header.version_type =
        static_cast<std::uint8_t>(static_cast<unsigned>(what.version) << 4 | advertisement);
    header.id = what.id;
    header.priority = what.priority;
    header.count = static_cast<std::uint8_t>(what.addresses.size());
    header.interval = be16::from_host(
        static_cast<std::uint16_t>(old ? what.interval / centiseconds : what.interval));
    std::byte* to = message.data() + sizeof header;
    for (const ip_address& address : what.addresses) {
        const auto bytes = address.bytes();
        std::memcpy(to, bytes.data() + bytes.size() - address_size(v6), address_size(v6));
        to += address_size(v6);
    }
    checksum_sum sum = checksum_add(message);
    if (!old && (v6 || what.form == vrrp_checksum::pseudo))
        sum += pseudo_header_sum(what.source, what.destination, protocol::vrrp,
                                 static_cast<std::uint32_t>(length));
    header.checksum = checksum_finish(sum);
    return at + length;
}

} // namespace weir::inline net
