// Cutting up what is too large for its way.

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/checksum.h"
#include "worker/egress.h"

namespace weir::inline worker {

/// Cuts a packet up into `pieces` without link headers; their number, or 0 when it was dropped
/// instead. Each begins with `head`, in place of the packet's own header of `own` bytes, once
/// `describe(offset, length, more)` has put into it which bytes of the payload follow, and whether
/// more come after them.
template <class Head, class Describe>
std::size_t egress::cut_behind(const Head& head, std::size_t own, const Describe& describe,
                               packet& p, std::size_t mtu, fragments& pieces) noexcept {
    const std::byte* const payload = p.ip() + own;
    const std::size_t size = p.view.ip_length - own;
    const std::size_t most = (mtu - sizeof head) / 8 * 8;
    const std::size_t count = (size + most - 1) / most;
    if (count > pieces.size()) {
        drop(p, drop_reason::oversized);
        return 0;
    }
    if (rte_pktmbuf_alloc_bulk(state_.packets, pieces.data(), static_cast<unsigned>(count)) != 0) {
        drop(p, drop_reason::no_buffer);
        return 0;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t offset = i * most;
        const std::size_t length = std::min(most, size - offset);
        describe(offset, length, i + 1 < count);
        char* const room =
            rte_pktmbuf_append(pieces[i], static_cast<std::uint16_t>(sizeof head + length));
        std::memcpy(room, &head, sizeof head);
        std::memcpy(room + sizeof head, payload + offset, length);
    }
    rte_pktmbuf_free(p.m);
    return count;
}

/// Cuts up an IPv4 packet that may be cut (RFC 791 section 3.2). Options would have to be sorted by
/// their copy flag: such packets are too rare.
std::size_t egress::cut(packet& p, std::size_t mtu, fragments& pieces) noexcept {
    auto head = *reinterpret_cast<const ipv4_header*>(p.ip());
    if (p.view.v6 || head.header_length() != sizeof head) {
        drop(p, drop_reason::oversized);
        return 0;
    }
    const std::uint16_t field = head.fragment.host(); // it may be a piece itself
    const auto describe = [&](std::size_t offset, std::size_t length, bool more) {
        const bool goes_on = more || (field & ipv4_header::more_fragments) != 0;
        head.fragment = be16::from_host(
            static_cast<std::uint16_t>(((field & ipv4_header::offset_mask) + offset / 8)
                                       | (goes_on ? ipv4_header::more_fragments : 0)));
        head.total_length = be16::from_host(static_cast<std::uint16_t>(sizeof head + length));
        head.checksum = {};
        head.checksum =
            checksum_finish(checksum_add({reinterpret_cast<const std::byte*>(&head), sizeof head}));
    };
    return cut_behind(head, sizeof head, describe, p, mtu, pieces);
}

/// Cuts up an IPv6 packet whose source we are, a tunnel's: behind the outer header comes a fragment
/// header (RFC 8200 section 4.5).
std::size_t egress::cut_tunnel(packet& p, std::size_t mtu, fragments& pieces) noexcept {
    struct {
        ipv6_header ip;
        ipv6_fragment_header place;
    } head{*reinterpret_cast<const ipv6_header*>(p.ip()), {}};
    static_assert(sizeof head == sizeof head.ip + sizeof head.place);
    head.place.next_header = std::exchange(head.ip.next_header, ipv6_fragment_header::number);
    head.place.id = be32::from_host(tunnel_id_);
    const auto describe = [&](std::size_t offset, std::size_t length, bool more) {
        head.place.offset = be16::from_host(static_cast<std::uint16_t>(offset | (more ? 1 : 0)));
        head.ip.payload_length =
            be16::from_host(static_cast<std::uint16_t>(sizeof head.place + length));
    };
    return cut_behind(head, sizeof head.ip, describe, p, mtu, pieces);
}

/// One received packet leaves; the other pieces are ours.
void egress::send_pieces(std::span<rte_mbuf* const> pieces, bool v6, const way_out& way) noexcept {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        write_link(pieces[i], 0, v6, way);
        wire_.send(pieces[i], way.port->device,
                   i == 0 ? packet_origin::received : packet_origin::generated);
    }
}

} // namespace weir::inline worker
