// The IP headers of both families, up to their payload.

#include "net/address_class.h"
#include "net/checksum.h"
#include "net/headers.h"
#include "net/ipv6_chain.h"
#include "net/parse_parts.h"

namespace weir::inline net {

namespace {

/// IPv4 options (RFC 791 section 3.1): `none`, or why weir drops the packet.
drop_reason judge_options(frame_bytes options) noexcept {
    enum option : std::uint8_t { end = 0, no_operation = 1, lsrr = 131, ssrr = 137 };
    for (std::size_t at = 0; at < options.size();) {
        const auto type = std::to_integer<std::uint8_t>(options[at]);
        if (type == end) break;
        if (type == no_operation) {
            ++at;
            continue;
        }
        if (type == lsrr || type == ssrr) return drop_reason::source_route;
        if (at + 1 == options.size()) return drop_reason::bad_length;
        const auto length = std::to_integer<std::size_t>(options[at + 1]);
        if (length < 2 || length > options.size() - at) return drop_reason::bad_length;
        at += length;
    }
    return drop_reason::none;
}

/// Notes a fragment's place in its packet. False if reassembly could not work (RFC 791 section 3.2,
/// RFC 8200 section 4.5): the packet would exceed IP's limit, or a middle fragment is not a
/// multiple of 8 bytes.
bool note_fragment(packet_view& view, std::size_t payload, std::uint16_t offset, bool more,
                   std::uint32_t id) noexcept {
    if (offset == 0 && !more) return true;
    view.fragment_offset = offset;
    view.fragmented = offset == 0;
    view.fragment_id = id;
    return (!more || payload % 8 == 0) && payload > 0 && offset + payload <= UINT16_MAX;
}

/// SCTP: reads the first chunk (RFC 9260 section 3.2). As in LVS (set_sctp_state in
/// net/netfilter/ipvs/ip_vs_proto_sctp.c), the only bundle that matters is a cookie followed by an
/// ABORT: the ABORT decides.
void parse_chunks(frame_bytes frame, packet_view& view) noexcept {
    const std::size_t size = packet_end(view) - view.l4;
    if (size < sizeof(sctp_header) + sizeof(sctp_chunk_header))
        return reject(view, drop_reason::truncated);
    const std::size_t first = view.l4 + sizeof(sctp_header);
    const std::size_t room = size - sizeof(sctp_header);
    const auto& chunk = header_at<sctp_chunk_header>(frame.data(), first);
    const std::size_t length = chunk.length.host();
    if (length < sizeof chunk || (length > room && !view.fragmented))
        return reject(view, drop_reason::bad_length);
    view.sctp_chunk = chunk.type;
    const std::size_t second = (length + 3) / 4 * 4;
    if ((chunk.type == sctp_cookie_echo || chunk.type == sctp_cookie_ack)
        && second + sizeof chunk <= room
        && header_at<sctp_chunk_header>(frame.data(), first + second).type == sctp_abort)
        view.sctp_chunk = sctp_abort;
}

} // namespace

void parse_ipv4(frame_bytes frame, ip_checksum device_says, packet_view& view) noexcept {
    const std::size_t room = frame.size() - view.l3;
    if (room < sizeof(ipv4_header)) return reject(view, drop_reason::truncated);
    const auto& ip = header_at<ipv4_header>(frame.data(), view.l3);
    if (ip.version_ihl >> 4 != 4) return reject(view, drop_reason::bad_version);
    const std::size_t header = ip.header_length();
    const std::size_t length = ip.total_length.host();
    if (header < sizeof ip || length < header) return reject(view, drop_reason::bad_length);
    if (header > room) return reject(view, drop_reason::truncated);
    if (length > room) return reject(view, drop_reason::bad_length);
    if (device_says == ip_checksum::bad
        || (device_says == ip_checksum::unknown
            && checksum_fold(checksum_add(frame.subspan(view.l3, header))) != 0xffff))
        return reject(view, drop_reason::bad_checksum);
    if (const drop_reason fault =
            judge_options(frame.subspan(view.l3 + sizeof ip, header - sizeof ip));
        fault != drop_reason::none)
        return reject(view, fault);

    const std::uint16_t fragment = ip.fragment.host();
    view.ip_length = static_cast<std::uint16_t>(length);
    view.l4 = static_cast<std::uint16_t>(view.l3 + header);
    view.key.source = ip_address::v4(ip.source);
    view.key.destination = ip_address::v4(ip.destination);
    view.key.proto = ip.proto;
    const auto offset = static_cast<std::uint16_t>((fragment & ipv4_header::offset_mask) * 8);
    if (!note_fragment(view, length - header, offset, (fragment & ipv4_header::more_fragments) != 0,
                       ip.id.host()))
        return reject(view, drop_reason::bad_length);
    bool to_group = false;
    if (!parse_addresses(frame, view, to_group)) return;
    view.kind = packet_kind::other;
    if (!parse_vrrp_kind(view) && !to_group) parse_payload(frame, view);
}

void parse_ipv6(frame_bytes frame, packet_view& view) noexcept {
    const std::size_t room = frame.size() - view.l3;
    view.v6 = true;
    if (room < sizeof(ipv6_header)) return reject(view, drop_reason::truncated);
    const auto& ip = header_at<ipv6_header>(frame.data(), view.l3);
    if ((ip.version_class_flow.raw & 0xf0) != 0x60) return reject(view, drop_reason::bad_version);
    const std::size_t length = sizeof ip + ip.payload_length.host();
    // A view counts lengths in 16 bits; weir cannot receive a longer frame.
    if (length > room || length > UINT16_MAX) return reject(view, drop_reason::bad_length);
    view.ip_length = static_cast<std::uint16_t>(length);
    view.key.source = ip_address::v6(ip.source.data());
    view.key.destination = ip_address::v6(ip.destination.data());
    bool to_group = false;
    if (!parse_addresses(frame, view, to_group)) return;

    const ipv6_chain chain = follow_chain(frame.subspan(view.l3, length));
    switch (chain.outcome) {
    case ipv6_chain::result::truncated:
        return reject(view, drop_reason::truncated);
    case ipv6_chain::result::source_route:
        return reject(view, drop_reason::source_route);
    case ipv6_chain::result::strange:
        view.kind = packet_kind::other;
        return;
    case ipv6_chain::result::complete:
        break;
    }
    view.l4 = static_cast<std::uint16_t>(view.l3 + chain.end);
    view.key.proto = chain.proto;
    if (!note_fragment(view, length - chain.end, chain.fragment_offset, chain.more_fragments,
                       chain.fragment_id))
        return reject(view, drop_reason::bad_length);
    view.kind = packet_kind::other;
    if (parse_vrrp_kind(view)) return;
    if (!to_group) return parse_payload(frame, view);
    if (view.is_icmp()) parse_discovery(frame, view);
}

bool parse_addresses(frame_bytes frame, packet_view& view, bool& to_group) noexcept {
    const auto classify_any = [](const ip_address& address, bool v6) {
        return v6 ? classify_v6(address) : classify(address.as_v4());
    };
    const address_class source = classify_any(view.key.source, view.v6);
    const address_class destination = classify_any(view.key.destination, view.v6);
    // A host without an address may only send to groups (RFC 1122 section 3.2.1.3, RFC 4291 section
    // 2.5.2): DHCP, router solicitation, duplicate address detection.
    const bool plausible =
        (destination == address_class::host || destination == address_class::group)
        && (source == address_class::host
            || (source == address_class::unspecified && destination == address_class::group));
    if (!plausible) {
        reject(view, drop_reason::martian);
        return false;
    }
    if (view.key.source == view.key.destination) {
        reject(view, drop_reason::land);
        return false;
    }
    to_group = destination == address_class::group
               || header_at<ether_header>(frame.data(), 0).destination.is_multicast();
    return true;
}

bool parse_vrrp_kind(packet_view& view) noexcept {
    if (view.key.proto != static_cast<std::uint8_t>(protocol::vrrp) || view.fragmented
        || view.fragment_offset > 0)
        return false;
    view.kind = packet_kind::vrrp;
    return true;
}

void parse_payload(frame_bytes frame, packet_view& view) noexcept {
    const std::size_t size = packet_end(view) - view.l4;
    const auto& udp = header_at<udp_header>(frame.data(), view.l4);
    switch (static_cast<protocol>(view.key.proto)) {
    case protocol::tcp: {
        if (view.fragment_offset > 0) break;
        if (size < sizeof(tcp_header)) return reject(view, drop_reason::truncated);
        const auto& tcp = header_at<tcp_header>(frame.data(), view.l4);
        if (tcp.header_length() < sizeof tcp) return reject(view, drop_reason::bad_length);
        if (tcp.header_length() > size) return reject(view, drop_reason::truncated);
        view.tcp_flags = tcp.flags;
        break;
    }
    case protocol::udp:
        if (view.fragment_offset > 0) break;
        if (size < sizeof udp) return reject(view, drop_reason::truncated);
        if (udp.length.host() < sizeof udp || (udp.length.host() > size && !view.fragmented))
            return reject(view, drop_reason::bad_length);
        break;
    case protocol::sctp:
        if (view.fragment_offset > 0) break;
        parse_chunks(frame, view);
        if (view.kind == packet_kind::bad) return;
        break;
    case protocol::icmp:
    case protocol::icmpv6:
        if (view.is_icmp()) parse_icmp(frame, view);
        return;
    case protocol::ipv4:
    case protocol::ipv6:
        if (view.fragment_offset == 0 && !view.fragmented) view.kind = packet_kind::tunnelled;
        return;
    default:
        return;
    }
    if (view.fragment_offset > 0) {
        view.kind = packet_kind::fragment;
        return;
    }
    view.key.source_port = udp.source_port; // TCP and SCTP have it at the same offset
    view.key.destination_port = udp.destination_port;
    view.kind = packet_kind::flow;
}

} // namespace weir::inline net
