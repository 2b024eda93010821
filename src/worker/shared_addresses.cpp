// Addresses that directors share: does this one hold them, and the VRRP by which they agree. The
// heart (ha/heart.h) runs that; a worker only carries its packets, in both directions.

#include <cstring>

#include "net/rewrite.h"
#include "net/vrrp.h"
#include "worker/worker.h"

namespace weir::inline worker {

/// May this director answer and serve for an address? Of addresses in no VRRP group that is no
/// question. Asked when a packet needs it, with the time of that moment: a lease may have run out
/// within the turn, with a process that was stopped.
bool worker_core::holds(const ip_address& vip) const noexcept {
    if (!rules_->shares_addresses()) [[likely]]
        return true;
    const ha::group_id group = rules_->group_of(vip);
    return group == ha::always_held || state_.lease.holds(group, rte_rdtsc());
}

/// Accepts a unicast frame for a virtual router that we hold now, and makes its destination the
/// port's MAC, as all that follows expects it. Otherwise drops it and returns false.
bool worker_core::take_as_router(packet& p) noexcept {
    auto& to = header_at<ether_header>(p.frame(), 0).destination;
    const ha::group_id group = rules_->group_of(to, p.port);
    if (group != ha::always_held && state_.lease.holds(group, rte_rdtsc())) {
        to = rules_->ports()[p.port].mac;
        return true;
    }
    out_.drop(p, group == ha::always_held ? drop_reason::not_for_us : drop_reason::not_held);
    return false;
}

/// What comes for an address of a group that another director holds: its own, while the group
/// changes hands.
void worker_core::leave_to_holder(packet& p, const ip_address& vip) noexcept {
    if (!pass_over(p, vip)) out_.drop(p, drop_reason::not_held);
}

/// While the group of this address changes hands: to the other director, which may know the
/// packet's connection (ha/succession.h). False: nothing was done.
bool worker_core::pass_over(packet& p, const ip_address& vip) noexcept {
    if (!state_.successions.is_under_way(rte_rdtsc())) [[likely]]
        return false;
    mac_address other;
    if (!state_.successions.find(rules_->group_of(vip), p.port, other)) return false;
    auto& ether = header_at<ether_header>(p.frame(), 0);
    if (ether.source == other || ether.destination.is_multicast()) return false;
    if (ttl_of(p.ip(), p.view.v6) <= 1) return false;
    decrement_ttl(p.ip(), p.view.v6);
    ether.destination = other;
    ether.source = rules_->ports()[p.port].mac;
    books_.passed_over.add();
    out_.send_back(p);
    return true;
}

/// The same for a NAT server's answer of a connection that is not known here.
bool worker_core::pass_reply_over(packet& p) noexcept {
    if (!state_.successions.is_under_way(rte_rdtsc())) [[likely]]
        return false;
    const flow_key& key = p.view.key;
    if (rules_->is_own(key.destination)) return false;
    const rule_set::reply_owner owner =
        rules_->find_reply(key.source, key.source_port, static_cast<std::uint8_t>(key.proto));
    return owner.rule != nullptr && pass_over(p, owner.vip);
}

/// VRRP: a copy to the heart when it is about a router of ours, else to Linux.
void worker_core::hear(packet& p) noexcept {
    const std::span<const std::byte> ip(p.ip(), p.view.ip_length);
    ha::letterbox* const box = state_.posts[number_].box.load(std::memory_order_relaxed);
    if (box == nullptr || !rules_->is_router({p.port, vrrp_id_of(ip), p.view.v6}))
        return leave_to_linux(p, p.view.key.destination);
    ha::letter* const l = ip.size() <= ha::letter_room ? box->received.room() : nullptr;
    if (l == nullptr) return out_.drop(p, drop_reason::ring_full);
    l->time = rte_rdtsc();
    l->from = reinterpret_cast<const ether_header*>(p.frame())->source;
    l->port = p.port;
    l->length = p.view.ip_length;
    std::memcpy(l->bytes.data(), ip.data(), ip.size());
    box->received.put();
    books_.heard.add();
    rte_pktmbuf_free(p.m);
}

/// Sends what the heart wants sent; true when there was something.
bool worker_core::send_letters(ha::letterbox& box) noexcept {
    bool any = false;
    while (const ha::letter* const l = box.to_send.front()) {
        send_letter(*l);
        box.to_send.done();
        any = true;
    }
    return any;
}

void worker_core::send_letter(const ha::letter& l) noexcept {
    const std::span<const std::byte> bytes(l.bytes.data(), l.length);
    // Of a process that was stopped: it may not be true any more.
    if (rte_rdtsc() > l.time || l.port >= rules_->ports().size())
        return books_.generated_lost.add();
    if (l.what == ha::letter::content::frame)
        out_.send_made(bytes, l.port);
    else
        out_.send_made_packet(bytes, l.hop);
}

} // namespace weir::inline worker
