#include "net/ipv6_chain.h"

namespace weir::inline net {

namespace {

constexpr unsigned most_headers = 8;

/// The extension headers that weir looks through (IANA "Assigned Internet Protocol Numbers").
enum extension : std::uint8_t {
    hop_by_hop = 0,
    routing = 43,
    fragment = ipv6_fragment_header::number,
    destination = 60
};

/// The first bytes of hop-by-hop options, destination options and routing headers.
struct extension_header {
    std::uint8_t next;
    std::uint8_t length; ///< in units of 8 bytes, without the first 8
    std::uint8_t routing_type;
    std::uint8_t segments_left;
};

using result = ipv6_chain::result;

/// Steps over one header; false if the chain ends here.
bool step(std::span<const std::byte> packet, ipv6_chain& chain) noexcept {
    const auto end_with = [&](result outcome) {
        chain.outcome = outcome;
        return false;
    };
    if (chain.end + 8 > packet.size()) return end_with(result::truncated);
    if (chain.proto == fragment) {
        if (chain.has_fragment) return end_with(result::strange);
        const auto& header = header_at<ipv6_fragment_header>(packet.data(), chain.end);
        const std::uint16_t field = header.offset.host();
        chain.has_fragment = true;
        chain.fragment_offset = field & 0xfff8;
        chain.more_fragments = (field & 1) != 0;
        chain.fragment_id = header.id.host();
        chain.proto = header.next_header;
        chain.named_at = chain.end;
        chain.end += sizeof header;
        return chain.fragment_offset == 0;
    }
    const auto& header = header_at<extension_header>(packet.data(), chain.end);
    // Type 0 is forbidden even when used up: attackers bounced packets with it (RFC 5095).
    if (chain.proto == routing && (header.routing_type == 0 || header.segments_left > 0))
        return end_with(result::source_route);
    const std::size_t length = (header.length + std::size_t{1}) * 8;
    if (chain.end + length > packet.size()) return end_with(result::truncated);
    chain.proto = header.next;
    chain.named_at = chain.end;
    chain.end += length;
    return true;
}

} // namespace

ipv6_chain follow_chain(std::span<const std::byte> packet) noexcept {
    ipv6_chain chain;
    chain.proto = header_at<ipv6_header>(packet.data(), 0).next_header;
    chain.end = sizeof(ipv6_header);
    chain.named_at = offsetof(ipv6_header, next_header);
    for (unsigned headers = 0;; ++headers) {
        switch (chain.proto) {
        case hop_by_hop: // allowed only before all others (RFC 8200 section 4.1)
            if (headers == 0) break;
            chain.outcome = result::strange;
            return chain;
        case routing:
        case fragment:
        case destination:
            break;
        default:
            return chain;
        }
        if (headers == most_headers) chain.outcome = result::strange;
        if (headers == most_headers || !step(packet, chain)) return chain;
    }
}

} // namespace weir::inline net
