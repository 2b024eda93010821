#include "worker/egress.h"

#include <algorithm>
#include <cstring>

#include "net/answer_reset.h"
#include "net/rewrite.h"
#include "net/tunnel.h"
#include "worker/witness.h"

namespace weir::inline worker {

egress::egress(director_state& state, unsigned worker, const std::vector<device_wiring>& devices)
    : state_(state), neighbours_(*state.neighbours), books_(state.books[worker]), number_(worker),
      wire_(state, worker, devices), tunnel_id_(worker), answers_(state.flows->hasher()),
      checks_(state.flows->hasher(), {checks_limit}) {}

bool egress::find_way(packet& p, neighbour_id hop, way_out& way) noexcept {
    if (hop == 0) [[unlikely]] {
        drop(p, drop_reason::no_route);
        return false;
    }
    return way_to(p, hop, neighbours_.port(hop), {}, way);
}

bool egress::find_way(packet& p, const ip_address& destination, way_out& way) noexcept {
    const route& r = routes_->find(destination);
    if (!r.reachable) [[unlikely]] {
        drop(p, drop_reason::no_route);
        return false;
    }
    return way_to(p, hop_of(r, destination), r.port, destination, way);
}

/// `next_hop` matters only when the neighbour has no slot yet (`hop` = 0).
bool egress::way_to(packet& p, neighbour_id hop, port_id port, const ip_address& next_hop,
                    way_out& way) noexcept {
    way.link = neighbours_.at(hop); // slot 0 is never resolved
    if (!way.link.resolved()) [[unlikely]] {
        to_control(p, errand_class::resolve,
                   {packet_note::errand::resolve, packet_origin::received, port,
                    hop != 0 ? neighbours_.address(hop) : next_hop});
        return false;
    }
    neighbours_.used(hop, now_);
    way.port = &rules_->ports()[way.link.port()];
    return true;
}

bool egress::fits(packet& p, std::size_t mtu) noexcept {
    if (p.view.ip_length <= mtu || !must_stay_whole(p.ip(), p.view.v6)) [[likely]]
        return true;
    drop_and_tell(p, drop_reason::too_big, icmp_answer::too_big,
                  p.view.v6 ? std::max(mtu, least_ipv6_mtu) : mtu);
    return false;
}

void egress::write_link(rte_mbuf* m, std::size_t ip_offset, bool v6, const way_out& way) noexcept {
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

bool egress::send(packet& p, const way_out& way, packet_origin origin) noexcept {
    if (p.view.ip_length > way.port->mtu) [[unlikely]] {
        fragments pieces;
        const std::size_t count = cut(p, way.port->mtu, pieces);
        send_pieces({pieces.data(), count}, false, way);
        return count != 0;
    }
    const std::size_t padding = p.m->data_len - p.view.l3 - p.view.ip_length;
    if (padding > 0) rte_pktmbuf_trim(p.m, static_cast<std::uint16_t>(padding));
    write_link(p.m, p.view.l3, p.view.v6, way);
    wire_.send(p.m, way.port->device, origin);
    return true;
}

void egress::send_back(packet& p) noexcept {
    send_frame(p.m, rules_->ports()[p.port].device);
}

void egress::drop(packet& p, drop_reason reason) noexcept {
    books_.drop(reason);
    const watch::watch_set* const set = state_.watches.read();
    if (set != nullptr && set->drops) [[unlikely]] {
        const std::uint16_t device = p.m->port;
        witness_drop(
            state_, *set,
            {.core = number_, .device = device, .port = port_of_frame(*rules_, device, p.view)},
            *p.m, reason, p.view);
    }
    rte_pktmbuf_free(p.m);
}

void egress::drop_and_tell(packet& p, drop_reason reason, icmp_answer what,
                           std::size_t mtu) noexcept {
    const auto kind = what == icmp_answer::too_big ? answer_kind::too_big : answer_kind::error;
    if (may_answer(kind, p)) {
        const port_rule& port = rules_->ports()[p.port];
        const ip_address own = is_said_by_host(what) ? ip_address{} : p.view.v6 ? port.v6 : port.v4;
        std::array<std::byte, answer_room> answer;
        const std::size_t length =
            make_icmp_error(p.bytes(), p.view, what, own.is_none() ? p.view.key.destination : own,
                            static_cast<std::uint16_t>(mtu), answer);
        send_made({answer.data(), length}, p.port);
    }
    drop(p, reason);
}

void egress::tell_of_loss(std::span<const std::byte> lost, bool v6) noexcept {
    const ip_address client =
        v6 ? ip_address::v6(header_at<ipv6_header>(lost.data(), 0).source.data())
           : ip_address::v4(header_at<ipv4_header>(lost.data(), 0).source);
    if (!answers_.take(answer_kind::error, client, now_)) return books_.withheld.add();
    const route& r = routes_->find(client);
    if (!r.reachable) return books_.generated_lost.add();
    const port_rule& port = rules_->ports()[r.port];
    std::array<std::byte, answer_room> answer;
    const std::size_t length = make_tunnel_answer(lost, v6, v6 ? port.v6 : port.v4, answer);
    if (length != 0) send_made_packet({answer.data(), length}, client);
}

/// May we answer this packet? Counts the answer that is left out.
bool egress::may_answer(answer_kind kind, const packet& about) noexcept {
    const bool may = answers_.take(kind, about.view.key.source, now_);
    if (!may) books_.withheld.add();
    return may;
}

void egress::send_made(std::span<const std::byte> frame, port_id port) noexcept {
    if (frame.empty()) return;
    rte_mbuf* const m = rte_pktmbuf_alloc(state_.packets);
    char* const room =
        m == nullptr ? nullptr : rte_pktmbuf_append(m, static_cast<std::uint16_t>(frame.size()));
    if (room == nullptr) {
        rte_pktmbuf_free(m);
        books_.generated_lost.add();
        return;
    }
    std::memcpy(room, frame.data(), frame.size());
    wire_.send(m, rules_->ports()[port].device, packet_origin::generated);
}

void egress::send_made_packet(std::span<const std::byte> ip, const ip_address& to) noexcept {
    const route& r = routes_->find(to);
    const link_address link = r.reachable ? neighbours_.at(hop_of(r, to)) : link_address{};
    rte_mbuf* const m = link.resolved() ? rte_pktmbuf_alloc(state_.packets) : nullptr;
    char* const room =
        m == nullptr ? nullptr : rte_pktmbuf_append(m, static_cast<std::uint16_t>(ip.size()));
    if (room == nullptr) {
        rte_pktmbuf_free(m);
        books_.generated_lost.add();
        return;
    }
    std::memcpy(room, ip.data(), ip.size());
    const way_out way{link, &rules_->ports()[link.port()]};
    write_link(m, 0, to.is_v6(), way);
    wire_.send(m, way.port->device, packet_origin::generated);
}

void egress::reset(const packet& p) noexcept {
    if (!may_answer(answer_kind::reset, p)) return;
    std::array<std::byte, answer_room> answer;
    const std::size_t length = make_reset(p.bytes(), p.view, answer);
    send_made({answer.data(), length}, p.port);
}

} // namespace weir::inline worker
