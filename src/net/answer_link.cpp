// ARP and neighbour discovery for our addresses.

#include "net/answer_link.h"

#include <algorithm>

#include "net/address_class.h"
#include "net/answer_parts.h"
#include "net/checksum.h"

namespace weir::inline net {

namespace {

constexpr mac_address all_nodes_mac{{0x33, 0x33, 0, 0, 0, 1}};  // RFC 2464 section 7
constexpr ip_address all_nodes{0x02ff, std::uint64_t{1} << 56}; // ff02::1

// RFC 4861 section 4.4.
constexpr std::uint32_t solicited = 1u << 30;
constexpr std::uint32_t override_cache = 1u << 29;

struct advertisement {
    neighbour_header nd;
    link_option target_mac;
};
static_assert(sizeof(advertisement) == 32);
static_assert(sizeof(ipv6_header) + sizeof(advertisement) == advertisement_length);

/// An advertisement of `address`, from itself, at `ip`.
void write_advertisement(std::byte* ip, const ip_address& address, const ip_address& to,
                         std::uint32_t flags, const mac_address& ours) noexcept {
    const own_packet packet{address, to, protocol::icmpv6, sizeof(advertisement),
                            neighbour_header::hop_limit};
    write_ip_header(ip, packet);
    header_at<advertisement>(ip, sizeof(ipv6_header)) = {
        .nd = {.icmp = {icmpv6_advertisement, 0, {}, be32::from_host(flags)},
               .target = address.bytes()},
        .target_mac = {link_option::target, 1, ours}};
    finish_icmp(ip, packet);
}

} // namespace

void turn_arp(std::byte* frame, const packet_view& view, const mac_address& ours) noexcept {
    auto& arp = header_at<arp_header>(frame, view.l3);
    const be32 wanted = arp.target;
    arp.operation = arp_header::reply;
    arp.target_mac = arp.sender_mac;
    arp.target = arp.sender;
    arp.sender_mac = ours;
    arp.sender = wanted;
    auto& ether = header_at<ether_header>(frame, 0);
    ether.destination = arp.target_mac;
    ether.source = ours;
}

std::size_t turn_solicitation(std::byte* frame, const packet_view& view,
                              const mac_address& ours) noexcept {
    const ip_address target =
        ip_address::v6(header_at<neighbour_header>(frame, view.l4).target.data());
    const ip_address asker = addresses_of(frame + view.l3, true).source;
    const bool without_address = asker.is_none();
    auto& ether = header_at<ether_header>(frame, 0);
    ether.destination = without_address ? all_nodes_mac : ether.source;
    ether.source = ours;
    write_advertisement(frame + view.l3, target, without_address ? all_nodes : asker,
                        without_address ? override_cache : solicited | override_cache, ours);
    return view.l3 + advertisement_length;
}

std::size_t make_announcement(const ip_address& address, const mac_address& ours,
                              std::uint16_t vlan, std::span<std::byte> out) noexcept {
    const bool v6 = address.is_v6();
    const std::size_t l3 = sizeof(ether_header) + (vlan != 0 ? sizeof(vlan_header) : 0);
    const std::size_t length = l3 + (v6 ? advertisement_length : sizeof(arp_header));
    if (out.size() < length) return 0;
    const be16 type =
        be16::from_host(static_cast<std::uint16_t>(v6 ? ether_type::ipv6 : ether_type::arp));
    auto& ether = header_at<ether_header>(out.data(), 0);
    ether = {v6 ? all_nodes_mac : mac_address::broadcast(), ours, type};
    if (vlan != 0) {
        ether.type = be16::from_host(static_cast<std::uint16_t>(ether_type::vlan));
        header_at<vlan_header>(out.data(), sizeof ether) = {be16::from_host(vlan), type};
    }
    if (v6) {
        write_advertisement(out.data() + l3, address, all_nodes, override_cache, ours);
        return length;
    }
    constexpr std::uint16_t ipv4 = static_cast<std::uint16_t>(ether_type::ipv4);
    header_at<arp_header>(out.data(), l3) = {.hardware = arp_header::ethernet,
                                             .protocol_type = be16::from_host(ipv4),
                                             .hardware_length = sizeof(mac_address),
                                             .protocol_length = sizeof(be32),
                                             .operation = arp_header::request,
                                             .sender_mac = ours,
                                             .sender = address.as_v4(),
                                             .target_mac = {},
                                             .target = address.as_v4()};
    return length;
}

ip_address solicited_node(const ip_address& address) noexcept {
    auto bytes = ip_address{0x02ff, 0}.bytes();
    const auto of = address.bytes();
    bytes[11] = 1;
    bytes[12] = 0xff;
    std::copy(of.begin() + 13, of.end(), bytes.begin() + 13);
    return ip_address::v6(bytes.data());
}

std::size_t make_probe(const ip_address& address, const mac_address& ours,
                       std::span<std::byte> out) noexcept {
    if (!address.is_v6()) {
        const std::size_t length = make_announcement(address, ours, 0, out);
        if (length != 0) header_at<arp_header>(out.data(), sizeof(ether_header)).sender = {};
        return length;
    }
    constexpr std::size_t l3 = sizeof(ether_header);
    constexpr std::size_t length = l3 + sizeof(ipv6_header) + sizeof(neighbour_header);
    if (out.size() < length) return 0;
    const ip_address group = solicited_node(address);
    const auto last = group.bytes();
    header_at<ether_header>(out.data(), 0) = {
        {{0x33, 0x33, last[12], last[13], last[14], last[15]}}, ours, ether_type_of(true)};
    std::byte* const ip = out.data() + l3;
    const own_packet packet{ip_address{}, group, protocol::icmpv6, sizeof(neighbour_header),
                            neighbour_header::hop_limit};
    header_at<ipv6_header>(ip, 0) = {
        .version_class_flow = be32::from_host(6u << 28),
        .payload_length = be16::from_host(static_cast<std::uint16_t>(packet.payload)),
        .next_header = static_cast<std::uint8_t>(protocol::icmpv6),
        .hop_limit = packet.ttl,
        .source = {},
        .destination = group.bytes()};
    auto& nd = header_at<neighbour_header>(ip, sizeof(ipv6_header));
    nd = {.icmp = {icmpv6_solicitation, 0, {}, {}}, .target = address.bytes()};
    checksum_sum sum = checksum_add({ip + sizeof(ipv6_header), packet.payload});
    sum += pseudo_header_sum(ip_address{}, group, protocol::icmpv6,
                             static_cast<std::uint32_t>(packet.payload));
    nd.icmp.checksum = checksum_finish(sum);
    return length;
}

} // namespace weir::inline net
