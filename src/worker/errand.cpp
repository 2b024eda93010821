// To the control core: which class a packet for Linux is of, and what its loss means.

#include "net/headers.h"
#include "worker/egress.h"

namespace weir::inline worker {

namespace {

/// Who speaks: the sender of ARP, the host that an advertisement is about, else the source.
ip_address speaker_of(const packet& p) noexcept {
    switch (p.view.kind) {
    case packet_kind::arp:
        return ip_address::v4(header_at<arp_header>(p.frame(), p.view.l3).sender);
    case packet_kind::advertisement:
        return ip_address::v6(p.frame() + p.view.l4 + sizeof(icmp_header));
    default:
        return p.view.key.source;
    }
}

/// Router solicitation to redirect (RFC 4861).
bool is_neighbour_discovery(const packet& p) noexcept {
    constexpr std::uint8_t first = 133;
    constexpr std::uint8_t last = 137;
    if (!p.view.v6 || p.view.kind != packet_kind::other || p.view.l4 == 0 || !p.view.is_icmp())
        return false;
    const std::uint8_t type = header_at<icmp_header>(p.frame(), p.view.l4).type;
    return type >= first && type <= last;
}

bool keeps_the_link(const packet& p) noexcept {
    switch (p.view.kind) {
    case packet_kind::arp:
    case packet_kind::solicitation:
    case packet_kind::advertisement:
    case packet_kind::vrrp:
        return true;
    default:
        return is_neighbour_discovery(p);
    }
}

} // namespace

/// An ICMP error has the key of the packet it quotes: anyone can write one, so it is of the rest.
errand_class egress::class_of(const packet& p, const ip_address& speaker) noexcept {
    if (p.view.kind != packet_kind::icmp_error
        && (rules_->is_server(speaker) || rules_->serves(speaker))
        && checks_.take(0, speaker, now_))
        return errand_class::checks;
    return keeps_the_link(p) ? errand_class::link : errand_class::rest;
}

void egress::to_twin(packet& p) noexcept {
    if (!rules_->ports()[p.port].twin) return drop(p, drop_reason::no_twin);
    const ip_address speaker = speaker_of(p);
    to_control(p, class_of(p, speaker),
               {packet_note::errand::to_twin, packet_origin::received, p.port, speaker});
}

void egress::to_control(packet& p, errand_class c, const packet_note& note) noexcept {
    note_of(p.m) = note;
    if (rte_ring_enqueue(state_.rings[number_].ring_of(c), p.m) == 0) {
        errand_ = note;
        has_errand_ = true;
        return;
    }
    if (note.what == packet_note::errand::to_twin) state_.missed[number_].note(note.address, now_);
    drop(p, full_reason(c));
}

} // namespace weir::inline worker
