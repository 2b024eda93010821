// What weir answers itself: ARP, neighbour solicitation and ping for its VIPs.

#include "net/answer_icmp.h"
#include "net/answer_link.h"
#include "worker/worker.h"

namespace weir::inline worker {

/// Do we answer what asks for this address? False: the packet has been taken, Linux's or dropped.
bool worker_core::speaks_for(packet& p, const ip_address& address) noexcept {
    const address_role role = rules_->role_of(address);
    if (role.answers && holds(address)) return true;
    if (!role.answers && !role.serves)
        leave_to_linux(p, p.view.key.destination);
    else if (!role.answers)
        out_.drop(p, drop_reason::not_answered);
    else if (p.view.kind == packet_kind::echo || p.view.kind == packet_kind::fragment)
        leave_to_holder(p, address);
    else
        out_.drop(p, drop_reason::not_held);
    return false;
}

void worker_core::answer_arp(packet& p) noexcept {
    const auto* const arp = reinterpret_cast<const arp_header*>(p.frame() + p.view.l3);
    note_claim(p, ip_address::v4(arp->sender), arp->sender_mac);
    if (arp->operation != arp_header::request) return out_.to_twin(p);
    if (!speaks_for(p, ip_address::v4(arp->target))) return;
    turn_arp(p.frame(), p.view, rules_->mac_of(ip_address::v4(arp->target), p.port));
    out_.send_back(p);
}

/// Another host that says, asked or not, that it has an address we hold: clients may go there past
/// us.
void worker_core::note_claim(const packet& p, const ip_address& address,
                             const mac_address& by) noexcept {
    if (!rules_->answers(address) || !holds(address)) return;
    for (const port_rule& port : rules_->ports())
        if (port.mac == by) return;
    if (rules_->group_of(by, p.port) != ha::always_held) return; // VRRP itself notices two holders
    books_.claimed.add();
    state_.claims[number_].put({address, by, p.port});
}

void worker_core::hear_advertisement(packet& p) noexcept {
    note_claim(p, ip_address::v6(p.frame() + p.view.l4 + sizeof(icmp_header)),
               reinterpret_cast<const ether_header*>(p.frame())->source);
    leave_to_linux(p, p.view.key.destination);
}

void worker_core::answer_solicitation(packet& p) noexcept {
    const ip_address target = ip_address::v6(p.frame() + p.view.l4 + sizeof(icmp_header));
    if (!speaks_for(p, target)) return;
    // The answer may be longer than the question: make room for all of it, then give back the rest.
    const auto needed = static_cast<std::uint16_t>(p.view.l3 + advertisement_length);
    if (p.m->data_len < needed
        && rte_pktmbuf_append(p.m, static_cast<std::uint16_t>(needed - p.m->data_len)) == nullptr)
        return out_.drop(p, drop_reason::no_buffer);
    const std::size_t length = turn_solicitation(p.frame(), p.view, rules_->mac_of(target, p.port));
    if (p.m->data_len > length)
        rte_pktmbuf_trim(p.m, static_cast<std::uint16_t>(p.m->data_len - length));
    out_.send_back(p);
}

void worker_core::answer_echo(packet& p) noexcept {
    if (!speaks_for(p, p.view.key.destination)) return;
    if (has_false_source(p)) return;
    waiting_fragments waited;
    const unsigned count = p.view.fragmented ? remember_first(p, waited) : 0;
    if (out_.may_answer(answer_kind::echo, p)) {
        turn_echo(p.frame(), p.view);
        out_.send_back(p);
    } else {
        out_.drop(p, drop_reason::ping_limit);
    }
    follow_first(waited, count);
}

} // namespace weir::inline worker
