// ICMP errors follow the flow they are about (RFC 5508 section 4): the packet they quote went the
// other way, so its key, turned round, names the flow and the direction to go on in. They count as
// the flow's packets do, as in LVS (ip_vs_in_icmp in net/netfilter/ipvs/ip_vs_core.c).

#include <algorithm>

#include "net/rewrite.h"
#include "worker/mode/tun.h"
#include "worker/worker.h"

namespace weir::inline worker {

namespace {

/// Of the error itself: the key is that of the packet it quotes.
ip_address destination_of(const packet& error) noexcept {
    const std::byte* const ip = error.ip();
    return error.view.v6
               ? ip_address::v6(reinterpret_cast<const ipv6_header*>(ip)->destination.data())
               : ip_address::v4(reinterpret_cast<const ipv4_header*>(ip)->destination);
}

} // namespace

void worker_core::icmp_error(packet& p) noexcept {
    if (is_proto_of_tunnel(static_cast<std::uint8_t>(p.view.key.proto))) return tunnel_error(p);
    const flow_key key = p.view.key.reversed();
    const std::uint64_t hash = flows_.hash(key);
    const flow_ref flow = flows_.find(key, hash, now_);
    if (!flow) return leave_to_linux(p, destination_of(p));
    if (ttl_of(p.ip(), p.view.v6) <= 1) return out_.drop(p, drop_reason::ttl_expired);
    p.hash = hash;
    const flow_entry& entry = flows_[flow];
    server_counters& counters = counters_[entry.target];
    const std::uint16_t bytes = p.view.ip_length;
    if (flow.is_reverse()) { // about a client's packet, from the server's side
        if (error_to_client(p, entry)) counters.add_out(bytes);
    } else { // about a server's answer, from the client's side
        if (error_to_server(p, entry)) counters.add_in(bytes);
    }
}

/// An error about a tunnel packet of ours teaches the way to all servers in tunnels there.
void worker_core::tunnel_error(packet& p) noexcept {
    const std::span<const target_id> servers = rules_->tunnels_to(p.view.key.destination);
    const bool ours = std::ranges::any_of(servers, [&](target_id id) {
        return is_proto_of(servers_.target(id).forward.encap,
                           static_cast<std::uint8_t>(p.view.key.proto));
    });
    if (!ours || !rules_->is_own(p.view.key.source)) return leave_to_linux(p, destination_of(p));
    if (const std::uint16_t mtu = mode::path_mtu_taught_by(p); mtu != 0)
        for (const target_id id : servers)
            servers_.target(id).path_mtu.store(mtu, std::memory_order_relaxed);
    out_.drop(p, drop_reason::tunnel_error);
}

} // namespace weir::inline worker
