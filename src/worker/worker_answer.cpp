// What weir answers itself: ARP, neighbour solicitation and ping for its VIPs.

#include "net/answer_icmp.h"
#include "net/answer_link.h"
#include "worker/worker.h"

namespace weir::inline worker {

void worker_core::answer_arp(packet& p) noexcept {
    const auto* const arp = reinterpret_cast<const arp_header*>(p.frame() + p.view.l3);
    if (arp->operation != arp_header::request || !rules_->answers(ip_address::v4(arp->target)))
        return out_.to_twin(p);
    if (!holds(ip_address::v4(arp->target))) return out_.drop(p, drop_reason::not_held);
    turn_arp(p.frame(), p.view, rules_->ports()[p.port].mac);
    out_.send_back(p);
}

void worker_core::answer_solicitation(packet& p) noexcept {
    const ip_address target = ip_address::v6(p.frame() + p.view.l4 + sizeof(icmp_header));
    if (!rules_->answers(target)) return out_.to_twin(p);
    if (!holds(target)) return out_.drop(p, drop_reason::not_held);
    // The answer may be longer than the question: make room for all of it, then give back the rest.
    const auto needed = static_cast<std::uint16_t>(p.view.l3 + advertisement_length);
    if (p.m->data_len < needed
        && rte_pktmbuf_append(p.m, static_cast<std::uint16_t>(needed - p.m->data_len)) == nullptr)
        return out_.drop(p, drop_reason::no_buffer);
    const std::size_t length = turn_solicitation(p.frame(), p.view, rules_->ports()[p.port].mac);
    if (p.m->data_len > length)
        rte_pktmbuf_trim(p.m, static_cast<std::uint16_t>(p.m->data_len - length));
    out_.send_back(p);
}

void worker_core::answer_echo(packet& p) noexcept {
    if (!rules_->answers(p.view.key.destination)) return out_.to_twin(p);
    if (!holds(p.view.key.destination)) return out_.drop(p, drop_reason::not_held);
    if (!out_.may_answer(answer_kind::echo, p)) return out_.drop(p, drop_reason::ping_limit);
    turn_echo(p.frame(), p.view);
    out_.send_back(p);
}

} // namespace weir::inline worker
