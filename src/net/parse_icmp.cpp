// ICMP of both families: errors about flows, echo requests, neighbour solicitation. weir acts on
// these, so it verifies their checksums, as LVS does.

#include "net/address_class.h"
#include "net/checksum.h"
#include "net/encapsulation.h"
#include "net/headers.h"
#include "net/ipv6_chain.h"
#include "net/parse.h"
#include "net/parse_parts.h"

namespace weir::inline net {

namespace {

/// Transport bytes an error must quote (RFC 792): ports, and the checksum of UDP.
constexpr std::size_t least_quote = 8;

bool checksum_good(frame_bytes frame, const packet_view& view) noexcept {
    const frame_bytes message = frame.subspan(view.l4, packet_end(view) - view.l4);
    checksum_sum sum = checksum_add(message);
    if (view.v6)
        sum += pseudo_header_sum(view.key.source, view.key.destination, protocol::icmpv6,
                                 static_cast<std::uint32_t>(message.size()));
    return checksum_fold(sum) == 0xffff;
}

bool is_error(const icmp_header& icmp, bool v6) noexcept {
    if (v6) return icmp.type >= icmpv6_unreachable && icmp.type <= icmpv6_last_error;
    switch (icmp.type) {
    case icmpv4_unreachable:
    case icmpv4_source_quench:
    case icmpv4_time_exceeded:
    case icmpv4_parameter_problem:
        return true;
    default:
        return false;
    }
}

/// The parts of a quoted packet that weir needs.
struct quote {
    flow_key key;
    std::size_t transport = 0; ///< counted from the quoted IP header; 0 if it names no flow
};

quote read_quote_v4(frame_bytes bytes) noexcept {
    quote q;
    if (bytes.size() < sizeof(ipv4_header)) return q;
    const auto& ip = header_at<ipv4_header>(bytes.data(), 0);
    const std::size_t header = ip.header_length();
    if (ip.version_ihl >> 4 != 4 || header < sizeof ip || header + least_quote > bytes.size()
        || (ip.fragment.host() & ipv4_header::offset_mask) != 0
        || classify(ip.source) != address_class::host
        || classify(ip.destination) != address_class::host)
        return q;
    q.key.source = ip_address::v4(ip.source);
    q.key.destination = ip_address::v4(ip.destination);
    q.key.proto = ip.proto;
    q.transport = header;
    return q;
}

quote read_quote_v6(frame_bytes bytes) noexcept {
    quote q;
    if (bytes.size() < sizeof(ipv6_header)) return q;
    const auto& ip = header_at<ipv6_header>(bytes.data(), 0);
    if ((ip.version_class_flow.raw & 0xf0) != 0x60) return q;
    const ipv6_chain chain = follow_chain(bytes);
    q.key.source = ip_address::v6(ip.source.data());
    q.key.destination = ip_address::v6(ip.destination.data());
    q.key.proto = chain.proto;
    if (chain.outcome == ipv6_chain::result::complete && chain.fragment_offset == 0
        && chain.end + least_quote <= bytes.size()
        && classify_v6(q.key.source) == address_class::host
        && classify_v6(q.key.destination) == address_class::host)
        q.transport = chain.end;
    return q;
}

/// False: not of a protocol that has ports.
bool read_ports(frame_bytes quoted, quote& q) noexcept {
    switch (static_cast<protocol>(q.key.proto)) {
    case protocol::tcp:
    case protocol::udp:
    case protocol::sctp: {
        const auto& ports = header_at<udp_header>(quoted.data(), q.transport);
        q.key.source_port = ports.source_port;
        q.key.destination_port = ports.destination_port;
        return true;
    }
    default:
        return false;
    }
}

void parse_error(frame_bytes frame, packet_view& view) noexcept {
    const std::size_t inner = view.l4 + sizeof(icmp_header);
    const frame_bytes quoted = frame.subspan(inner, packet_end(view) - inner);
    quote q = view.v6 ? read_quote_v6(quoted) : read_quote_v4(quoted);
    if (q.transport == 0) return;
    if (!read_ports(quoted, q) && !is_proto_of_tunnel(static_cast<std::uint8_t>(q.key.proto)))
        return;
    if (!checksum_good(frame, view)) return reject(view, drop_reason::bad_checksum);
    view.key = q.key;
    view.inner = static_cast<std::uint16_t>(inner);
    view.inner_l4 = static_cast<std::uint16_t>(inner + q.transport);
    view.kind = packet_kind::icmp_error;
}

/// ff02::1:ff00:0/104 followed by the last three bytes of the target (RFC 4291 section 2.7.1).
bool is_solicited_node(const ip_address& group, const ip_address& target) noexcept {
    constexpr std::uint64_t prefix_high = 0x02ff;            // ff02:0:0:0
    constexpr std::uint64_t prefix_low = 0x000000ff01000000; // 0:1:ff00:0
    constexpr std::uint64_t own = 0xffffff0000000000;        // the last three bytes
    return group.high == prefix_high && group.low == (prefix_low | (target.low & own));
}

/// Options of neighbour discovery: each has a length, and the last one must end with the packet.
bool options_good(frame_bytes options, bool without_source) noexcept {
    while (!options.empty()) {
        if (options.size() < 2) return false;
        const auto type = std::to_integer<std::uint8_t>(options[0]);
        const std::size_t length = std::to_integer<std::size_t>(options[1]) * 8;
        if (length == 0 || length > options.size()) return false;
        if (without_source && type == link_option::source) return false;
        options = options.subspan(length);
    }
    return true;
}

} // namespace

void parse_icmp(frame_bytes frame, packet_view& view) noexcept {
    if (view.fragment_offset > 0) {
        view.kind = packet_kind::fragment;
        return;
    }
    if (packet_end(view) - view.l4 < sizeof(icmp_header))
        return reject(view, drop_reason::truncated);
    const auto& icmp = header_at<icmp_header>(frame.data(), view.l4);
    const std::uint8_t echo = view.v6 ? std::uint8_t{icmpv6_echo} : std::uint8_t{icmpv4_echo};
    const bool is_echo = icmp.type == echo && icmp.code == 0;
    if (view.fragmented) { // the checksum is that of all fragments together
        if (is_echo) view.kind = packet_kind::echo;
        return;
    }
    if (is_error(icmp, view.v6)) return parse_error(frame, view);
    if (view.v6 && (icmp.type == icmpv6_solicitation || icmp.type == icmpv6_advertisement))
        return parse_discovery(frame, view);
    if (!is_echo) return;
    if (!checksum_good(frame, view)) return reject(view, drop_reason::bad_checksum);
    view.kind = packet_kind::echo;
}

carried_quote read_carried(frame_bytes frame, const packet_view& error,
                           encapsulation how) noexcept {
    carried_quote carried;
    const std::size_t at =
        error.inner_l4 + with_encapsulation(how, [](auto e) { return decltype(e)::size; });
    if (at >= packet_end(error)) return carried;
    const frame_bytes quoted = frame.subspan(at, packet_end(error) - at);
    const bool v6 = std::to_integer<unsigned>(quoted[0]) >> 4 == 6;
    quote q = v6 ? read_quote_v6(quoted) : read_quote_v4(quoted);
    if (q.transport == 0 || !read_ports(quoted, q)) return carried;
    return {q.key, v6, static_cast<std::uint16_t>(at)};
}

/// RFC 4861 section 7.1.1, 7.1.2: invalid ones are ignored.
void parse_discovery(frame_bytes frame, packet_view& view) noexcept {
    const std::size_t size = packet_end(view) - view.l4;
    if (view.fragmented || view.fragment_offset > 0 || size < sizeof(neighbour_header)) return;
    const auto& ip = header_at<ipv6_header>(frame.data(), view.l3);
    const auto& nd = header_at<neighbour_header>(frame.data(), view.l4);
    const bool asks = nd.icmp.type == icmpv6_solicitation;
    if ((!asks && nd.icmp.type != icmpv6_advertisement) || nd.icmp.code != 0
        || ip.hop_limit != neighbour_header::hop_limit)
        return;
    const ip_address target = ip_address::v6(nd.target.data());
    const bool without_source = view.key.source.is_none();
    if (classify_v6(target) != address_class::host
        || (without_source && (!asks || !is_solicited_node(view.key.destination, target)))
        || !options_good(frame.subspan(view.l4 + sizeof nd, size - sizeof nd), without_source))
        return;
    if (!checksum_good(frame, view)) return reject(view, drop_reason::bad_checksum);
    view.kind = asks ? packet_kind::solicitation : packet_kind::advertisement;
}

} // namespace weir::inline net
