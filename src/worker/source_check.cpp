// Reverse-path checks (RFC 3704): may this source come by this port? Asked for a burst at a time
// and only where a port asks for it, so that known flows cost nothing elsewhere.

#include "worker/worker.h"

namespace weir::inline worker {

namespace {

struct ends {
    ip_address source;
    ip_address destination;
};

/// Of the outermost IP header.
ends ends_of(const packet& p) noexcept {
    if (p.view.v6) {
        const auto& ip = *reinterpret_cast<const ipv6_header*>(p.ip());
        return {ip_address::v6(ip.source.data()), ip_address::v6(ip.destination.data())};
    }
    const auto& ip = *reinterpret_cast<const ipv4_header*>(p.ip());
    return {ip_address::v4(ip.source), ip_address::v4(ip.destination)};
}

/// What weir itself acts on. The rest is Linux's, which has checks of its own (rp_filter).
constexpr bool is_checked(packet_kind kind) noexcept {
    return kind == packet_kind::flow || kind == packet_kind::fragment || kind == packet_kind::echo
           || kind == packet_kind::icmp_error;
}

constexpr bool is_link_local(const ip_address& a) noexcept {
    return a.is_v6() && (a.high & 0xc0ff) == 0x80fe; // fe80::/10, of any link
}

} // namespace

bool worker_core::comes_right(const packet& p) const noexcept {
    const source_check how = rules_->ports()[p.port].check;
    if (how == source_check::off || !is_checked(p.view.kind)) return true;
    const auto [source, destination] = ends_of(p);
    if (is_link_local(source)
        || (rules_->is_own(destination) && p.view.kind != packet_kind::icmp_error))
        return true;
    const route& back = routes_->find(source);
    return back.reachable && (how == source_check::loose || back.port == p.port);
}

/// Drops those that come wrong and closes the gaps. How many are left.
std::size_t worker_core::check_sources(batch packets) noexcept {
    packet* kept = packets.data();
    for (packet& p : packets) {
        if (!comes_right(p)) {
            out_.drop(p, drop_reason::wrong_way);
            continue;
        }
        if (kept != &p) *kept = p;
        ++kept;
    }
    return static_cast<std::size_t>(kept - packets.data());
}

} // namespace weir::inline worker
