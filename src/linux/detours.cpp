#include "linux/detours.h"

#include <algorithm>
#include <cstring>

#include "net/parse.h"
#include "net/rewrite.h"
#include "net/tunnel.h"

namespace weir::linux {

namespace {

using namespace std::chrono_literals;

constexpr auto kept_after_close = 60s; // Linux's TIME_WAIT

/// False if the frame has nothing to do with detours.
bool read(const rte_mbuf& m, packet_view& view) {
    parse({rte_pktmbuf_mtod(&m, const std::byte*), m.data_len}, ip_checksum::unknown, view);
    return view.key.proto == static_cast<std::uint8_t>(protocol::tcp)
           || view.key.proto == static_cast<std::uint8_t>(protocol::udp);
}

} // namespace

detours::key detours::key_of(const health::detour& d) {
    return {static_cast<std::uint8_t>(d.proto), d.local_port};
}

void detours::open(const health::detour& d) {
    // Linux has reused the port, so it no longer belongs to the old socket.
    const auto [first, last] = all_.equal_range(key_of(d));
    for (auto at = first; at != last;)
        at = at->second.closed ? all_.erase(at) : std::next(at);
    all_.emplace(key_of(d), entry{d});
}

bool detours::taken(const health::detour& d) const {
    const auto [first, last] = all_.equal_range(key_of(d));
    return std::any_of(first, last,
                       [&](const auto& item) { return item.second.way == d && item.second.taken; });
}

void detours::close(const health::detour& d) {
    for (auto [at, last] = all_.equal_range(key_of(d)); at != last; ++at)
        if (at->second.way == d) at->second.closed = time_.now();
}

void detours::forget() {
    const loop::clock::time_point now = time_.now();
    std::erase_if(all_, [now](const auto& item) {
        const auto& closed = item.second.closed;
        return closed && now - *closed >= kept_after_close;
    });
}

/// The detour for a packet from Linux, or null.
detours::entry* detours::find_outward(const packet_view& view) {
    const flow_key& k = view.key;
    const auto [first, last] =
        all_.equal_range({static_cast<std::uint8_t>(k.proto), k.source_port.host()});
    for (auto at = first; at != last; ++at) {
        entry& e = at->second;
        if (e.way.server != k.destination || e.way.port != k.destination_port.host()
            || (!e.way.local.is_none() && e.way.local != k.source))
            continue;
        if (!e.closed) return &e;
        if (e.way.proto == protocol::tcp && !view.opens()) return &e;
        if (view.opens()) all_.erase(at);
        return nullptr;
    }
    return nullptr;
}

/// The detour that an answer with this key belongs to, or null.
const detours::entry* detours::find_inward(const flow_key& inward) const {
    const auto [first, last] =
        all_.equal_range({static_cast<std::uint8_t>(inward.proto), inward.destination_port.host()});
    for (auto at = first; at != last; ++at) {
        const health::detour& way = at->second.way;
        if (way.vip == inward.source && way.port == inward.source_port.host()
            && (way.local.is_none() || way.local == inward.destination))
            return is_flow_(inward.reversed()) ? nullptr : &at->second;
    }
    return nullptr;
}

drop_reason detours::on_the_way_out(rte_mbuf* m, const port_rule& port) {
    packet_view view;
    if (all_.empty() || !read(*m, view) || view.kind != packet_kind::flow || view.fragmented)
        return drop_reason::none;
    entry* const found = find_outward(view);
    if (found == nullptr) return drop_reason::none;
    found->taken = true;
    translate_plain(rte_pktmbuf_mtod(m, std::byte*), view, side::destination, found->way.vip,
                    view.key.destination_port);
    if (!found->way.tunnel) return drop_reason::none;
    return put_into_tunnel(m, view, found->way, port);
}

/// As workers do it (worker/mode/tun.h), except that the link header stays in front.
drop_reason detours::put_into_tunnel(rte_mbuf* m, const packet_view& view,
                                     const health::detour& way, const port_rule& port) {
    const bool outer_v6 = way.server.is_v6();
    const std::size_t overhead = tunnel_overhead(*way.tunnel, outer_v6);
    if (view.ip_length + overhead > port.mtu) return drop_reason::too_big;
    auto* const frame =
        reinterpret_cast<std::byte*>(rte_pktmbuf_prepend(m, static_cast<std::uint16_t>(overhead)));
    if (frame == nullptr) return drop_reason::oversized;
    std::memmove(frame, frame + overhead, view.l3);
    header_at<be16>(frame, view.l3 - sizeof(be16)) = ether_type_of(outer_v6);
    write_tunnel_header(*way.tunnel, frame + view.l3, outer_v6, frame + view.l3 + overhead, view.v6,
                        view.ip_length, outer_v6 ? port.v6 : port.v4, way.server, ++tunnel_id_);
    return drop_reason::none;
}

void detours::on_the_way_in(rte_mbuf* m) {
    packet_view view;
    if (all_.empty() || !read(*m, view)) return;
    std::byte* const frame = rte_pktmbuf_mtod(m, std::byte*);
    if (view.kind == packet_kind::flow && !view.fragmented) {
        if (const entry* const found = find_inward(view.key))
            translate_plain(frame, view, side::source, found->way.server, view.key.source_port);
    } else if (view.kind == packet_kind::icmp_error) {
        if (const entry* const found = find_inward(view.key.reversed()))
            translate_icmp_error(frame, view, side::destination, found->way.server,
                                 view.key.destination_port);
    }
}

} // namespace weir::linux
