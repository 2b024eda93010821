// What the heart sends: advertisements, and announcements of the addresses it holds.

#include <algorithm>

#include "ha/heart.h"
#include "net/answer_link.h"

namespace weir::ha {

namespace {

using namespace std::chrono_literals;

constexpr nanoseconds centisecond = 10ms;

/// Frames announced in one turn, and places in a ring that announcements leave to advertisements.
constexpr unsigned announced_at_once = 16;
constexpr std::uint32_t kept_free = 24;

/// The pauses between the rounds of an announcement: some are lost, and switches learn late.
constexpr std::array<nanoseconds, 3> pauses{200ms, 1s, 5s};
/// Switches forget where an address is before hosts do.
constexpr nanoseconds refresh = 60s;

} // namespace

void heart::advertise(group_plan& g, std::uint8_t priority) noexcept {
    for (router_plan& r : g.routers) {
        if (r.source.is_none()) continue;
        bool sent = false;
        if (r.unicast.empty()) sent = send(g, r, vrrp_group(r.v6()), priority);
        for (const ip_address& peer : r.unicast)
            sent |= send(g, r, peer, priority);
        (sent ? r.counts->sent : r.counts->unsent).add();
        if (priority == vrrp_resigns) r.counts->resigned.add();
    }
}

bool heart::send(const group_plan& g, router_plan& r, const ip_address& to,
                 std::uint8_t priority) noexcept {
    letter_ring& ring = around_.boxes[worker_of(r.port)]->to_send;
    letter* const l = ring.room();
    if (l == nullptr) return false;
    const auto index = static_cast<std::size_t>(&r - g.routers.data());
    const bool to_group = r.unicast.empty();
    const std::size_t at =
        !to_group ? 0 : sizeof(ether_header) + (r.vlan != 0 ? sizeof(vlan_header) : 0);
    const std::size_t length =
        make_vrrp({.source = r.source,
                   .destination = to,
                   .version = g.machine.routers()[index].version,
                   .id = r.id,
                   .priority = priority,
                   .interval = static_cast<std::uint16_t>(g.machine.advertised() / centisecond),
                   .form = r.form,
                   .addresses = r.advertised},
                  std::span{l->bytes}.subspan(at));
    if (length == 0) return false;
    if (to_group) {
        const be16 type = ether_type_of(r.v6());
        auto& ether = header_at<ether_header>(l->bytes.data(), 0);
        ether = {vrrp_group_mac(r.v6()), r.mac, type};
        if (r.vlan != 0) {
            ether.type = be16::from_host(static_cast<std::uint16_t>(ether_type::vlan));
            header_at<vlan_header>(l->bytes.data(), sizeof ether) = {be16::from_host(r.vlan), type};
        }
    }
    // Not sent in time, it would claim what may not be true any more.
    l->time = counter_of(moment_of(now_) + g.machine.settings().interval);
    l->hop = to;
    l->port = r.port;
    l->length = static_cast<std::uint16_t>(at + length);
    l->what = to_group ? letter::content::frame : letter::content::packet;
    ring.put();
    return true;
}

void heart::announce_some(moment now) noexcept {
    unsigned left = announced_at_once;
    for (group_plan& g : plan_->groups) {
        announcing& a = g.announcements;
        if (!g.machine.holding()) continue;
        if (!a.under_way && a.rounds > 0 && now >= a.due) a.under_way = true;
        if (!a.under_way || !announce_round(g, left)) continue;
        a.under_way = false;
        a.router = a.address = 0;
        a.due = now + (a.rounds < pauses.size() ? pauses[a.rounds] : refresh);
        ++a.rounds;
    }
}

/// Goes on with a round; true when it is over.
bool heart::announce_round(group_plan& g, unsigned& left) noexcept {
    announcing& a = g.announcements;
    for (; a.router < g.routers.size(); ++a.router, a.address = 0) {
        router_plan& r = g.routers[a.router];
        letter_ring& ring = around_.boxes[worker_of(r.port)]->to_send;
        for (; a.address < r.announced.size(); ++a.address) {
            if (left == 0 || ring.free_places() <= kept_free) return false;
            letter* const l = ring.room();
            l->time = counter_of(moment_of(now_) + 1s);
            l->port = r.port;
            l->what = letter::content::frame;
            l->length = static_cast<std::uint16_t>(
                make_announcement(r.announced[a.address], r.mac, r.vlan, l->bytes));
            ring.put();
            r.counts->announced.add();
            --left;
        }
    }
    return true;
}

} // namespace weir::ha
