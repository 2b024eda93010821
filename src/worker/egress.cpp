// The way out: route and neighbour, size, link header; and the other ends a packet can come to.

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "net/checksum.h"
#include "net/rewrite.h"
#include "net/tunnel.h"
#include "worker/worker.h"

namespace weir {

bool worker::find_way(packet& p, neighbour_id hop, way_out& way) noexcept {
    if (hop == 0) [[unlikely]] {
        drop(p, drop_reason::no_route);
        return false;
    }
    return way_to(p, hop, neighbours_.port(hop), {}, way);
}

bool worker::find_way(packet& p, const ip_address& destination, way_out& way) noexcept {
    const route& r = routes_->find(destination);
    if (!r.reachable) [[unlikely]] {
        drop(p, drop_reason::no_route);
        return false;
    }
    return way_to(p, hop_of(r, destination), r.port, destination, way);
}

neighbour_id worker::hop_of(const route& r, const ip_address& destination) const noexcept {
    return r.gateway != 0 ? r.gateway : neighbours_.find(r.port, destination);
}

/// `next_hop` matters only when the neighbour has no slot yet (`hop` = 0).
bool worker::way_to(packet& p, neighbour_id hop, port_id port, const ip_address& next_hop,
                    way_out& way) noexcept {
    way.link = neighbours_.at(hop); // slot 0 is never resolved
    if (!way.link.resolved()) [[unlikely]] {
        to_control(p, {packet_note::errand::resolve, packet_origin::received, port,
                       hop != 0 ? neighbours_.address(hop) : next_hop});
        return false;
    }
    neighbours_.used(hop, now_);
    way.port = &rules_->ports()[way.link.port()];
    return true;
}

/// May the packet leave through a path of this MTU? If not, its sender is told (RFC 1191, RFC
/// 8201), unless it lets us cut it up: then whoever sends it does. Nobody is asked for less than
/// every IPv6 link passes.
bool worker::fits(packet& p, std::size_t mtu) noexcept {
    if (p.view.ip_length <= mtu || !must_stay_whole(p.ip(), p.view.v6)) [[likely]]
        return true;
    drop_and_tell(p, drop_reason::too_big, icmp_answer::too_big,
                  p.view.v6 ? std::max(mtu, least_ipv6_mtu) : mtu);
    return false;
}

void worker::write_link(rte_mbuf* m, std::size_t ip_offset, bool v6, const way_out& way) noexcept {
    const std::size_t length =
        sizeof(ether_header) + (way.port->vlan != 0 ? sizeof(vlan_header) : 0);
    if (length > ip_offset)
        rte_pktmbuf_prepend(m, static_cast<std::uint16_t>(length - ip_offset));
    else if (length < ip_offset)
        rte_pktmbuf_adj(m, static_cast<std::uint16_t>(ip_offset - length));
    auto* const ether = rte_pktmbuf_mtod(m, ether_header*);
    const be16 type = ether_type_of(v6);
    ether->destination = way.link.mac();
    ether->source = way.port->mac;
    if (way.port->vlan == 0) [[likely]] {
        ether->type = type;
        return;
    }
    ether->type = be16::from_host(static_cast<std::uint16_t>(ether_type::vlan));
    *reinterpret_cast<vlan_header*>(ether + 1) = {be16::from_host(way.port->vlan), type};
}

bool worker::send(packet& p, const way_out& way, packet_origin origin) noexcept {
    if (p.view.ip_length > way.port->mtu) [[unlikely]] {
        fragments pieces;
        const std::size_t count = cut(p, way.port->mtu, pieces);
        send_pieces({pieces.data(), count}, false, way);
        return count != 0;
    }
    const std::size_t padding = p.m->data_len - p.view.l3 - p.view.ip_length;
    if (padding > 0) rte_pktmbuf_trim(p.m, static_cast<std::uint16_t>(padding));
    write_link(p.m, p.view.l3, p.view.v6, way);
    out_.send(p.m, way.port->device, origin);
    return true;
}

/// One received packet leaves; the other pieces are ours.
void worker::send_pieces(std::span<rte_mbuf* const> pieces, bool v6, const way_out& way) noexcept {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        write_link(pieces[i], 0, v6, way);
        out_.send(pieces[i], way.port->device,
                  i == 0 ? packet_origin::received : packet_origin::generated);
    }
}

/// Cuts a packet up into `pieces` without link headers; their number, or 0 when it was dropped
/// instead. Each begins with `head`, in place of the packet's own header of `own` bytes, once
/// `describe(offset, length, more)` has put into it which bytes of the payload follow, and whether
/// more come after them.
template <class Head, class Describe>
std::size_t worker::cut_behind(const Head& head, std::size_t own, const Describe& describe,
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
std::size_t worker::cut(packet& p, std::size_t mtu, fragments& pieces) noexcept {
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
std::size_t worker::cut_tunnel(packet& p, std::size_t mtu, fragments& pieces) noexcept {
    constexpr std::uint8_t ipv6_fragment = 44; // the header's number
    struct {
        ipv6_header ip;
        ipv6_fragment_header place;
    } head{*reinterpret_cast<const ipv6_header*>(p.ip()), {}};
    static_assert(sizeof head == sizeof head.ip + sizeof head.place);
    head.place.next_header = std::exchange(head.ip.next_header, ipv6_fragment);
    head.place.id = be32::from_host(tunnel_id_);
    const auto describe = [&](std::size_t offset, std::size_t length, bool more) {
        head.place.offset = be16::from_host(static_cast<std::uint16_t>(offset | (more ? 1 : 0)));
        head.ip.payload_length =
            be16::from_host(static_cast<std::uint16_t>(sizeof head.place + length));
    };
    return cut_behind(head, sizeof head.ip, describe, p, mtu, pieces);
}

/// Sends a frame that was turned round in place out of the port it came in through.
void worker::send_back(packet& p) noexcept {
    out_.send(p.m, rules_->ports()[p.port].device, packet_origin::received);
}

void worker::to_twin(packet& p) noexcept {
    if (!rules_->ports()[p.port].twin) return drop(p, drop_reason::no_twin);
    to_control(p, {packet_note::errand::to_twin, packet_origin::received, p.port, {}});
}

void worker::to_control(packet& p, const packet_note& note) noexcept {
    note_of(p.m) = note;
    if (rte_ring_enqueue(state_.rings[number_].to_control, p.m) != 0)
        drop(p, note.what == packet_note::errand::to_twin ? drop_reason::twin_full
                                                          : drop_reason::neighbour_queue_full);
}

void worker::drop(packet& p, drop_reason reason) noexcept {
    books_.drop(reason);
    rte_pktmbuf_free(p.m);
}

/// Drops a packet and tells its sender why by ICMP: that nobody listens in the VIP's name, as the
/// host with it would (RFC 1122 section 3.2.2.1), what a router says in our own.
void worker::drop_and_tell(packet& p, drop_reason reason, icmp_answer what,
                           std::size_t mtu) noexcept {
    if (may_generate()) {
        const port_rule& port = rules_->ports()[p.port];
        const ip_address own = what == icmp_answer::port_unreachable ? ip_address{}
                               : p.view.v6                           ? port.v6
                                                                     : port.v4;
        std::array<std::byte, answer_room> answer;
        const std::size_t length =
            make_icmp_error(p.bytes(), p.view, what, own.is_none() ? p.view.key.destination : own,
                            static_cast<std::uint16_t>(mtu), answer);
        send_generated(p, {answer.data(), length});
    }
    drop(p, reason);
}

} // namespace weir
