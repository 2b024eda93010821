// ICMP errors follow the flow they are about (RFC 5508 section 4): the packet they quote went the
// other way, so its key, turned round, names the flow and the direction to go on in. They count as
// the flow's packets do, as in LVS (ip_vs_in_icmp in net/netfilter/ipvs/ip_vs_core.c).

#include "net/rewrite.h"
#include "net/tunnel.h"
#include "worker/worker.h"

namespace weir::inline worker {

void worker_core::icmp_error(packet& p) noexcept {
    if (is_proto_of_tunnel(static_cast<std::uint8_t>(p.view.key.proto))) return tunnel_error(p);
    const flow_key key = p.view.key.reversed();
    const std::uint64_t hash = flows_.hash(key);
    const flow_ref flow = flows_.find(key, hash, now_);
    const auto* const v4 = reinterpret_cast<const ipv4_header*>(p.ip());
    const ip_address outer_destination =
        p.view.v6 ? ip_address::v6(reinterpret_cast<const ipv6_header*>(p.ip())->destination.data())
                  : ip_address::v4(v4->destination);
    if (!flow) {
        if (!holds(outer_destination)) return out_.drop(p, drop_reason::not_held);
        if (rules_->serves(outer_destination)) return out_.drop(p, drop_reason::icmp_unmatched);
        return out_.to_twin(p);
    }
    if (ttl_of(p.ip(), p.view.v6) <= 1) return out_.drop(p, drop_reason::ttl_expired);
    p.hash = hash;
    const flow_entry& entry = flows_[flow];
    const flow_target& server = servers_.target(entry.target);
    const bool nat = replies_return(server.forward.mode);
    server_counters& counters = counters_[entry.target];
    const std::uint16_t bytes = p.view.ip_length;
    if (!flow.is_reverse()) {
        // About a server's answer, from the client's side: the server should hear of it.
        if (!nat) {
            if (!to_server(p, entry.target, entry.vip_port)) return;
        } else {
            way_out way;
            if (!out_.find_way(p, server.hop.load(std::memory_order_relaxed), way)) return;
            decrement_ttl(p.ip(), p.view.v6);
            translate_icmp_error(p.frame(), p.view, side::source, server.address,
                                 server.port_for(entry.vip_port));
            if (!out_.send(p, way)) return;
        }
        counters.add_in(bytes);
        return;
    }
    // About a client's packet, from the server's side: the client should hear of it.
    way_out way;
    if (!out_.find_way(p, entry.client, way)) return;
    decrement_ttl(p.ip(), p.view.v6);
    translate_icmp_error(p.frame(), p.view, side::destination, entry.vip, entry.vip_port);
    if (out_.send(p, way)) counters.add_out(bytes);
}

/// An error about a tunnel packet of ours. "Too big" teaches the path's MTU: the next packet that
/// does not fit is answered to its sender (RFC 2003 section 5).
void worker_core::tunnel_error(packet& p) noexcept {
    const auto* const icmp = reinterpret_cast<const icmp_header*>(p.frame() + p.view.l4);
    const bool too_big =
        p.view.v6 ? icmp->type == icmpv6_too_big
                  : icmp->type == icmpv4_unreachable && icmp->code == icmpv4_fragmentation_needed;
    const std::uint32_t rest = icmp->rest.host();
    const std::uint32_t mtu = p.view.v6 ? rest : rest & 0xffff;
    const std::span<const target_id> servers = rules_->tunnels_to(p.view.key.destination);
    if (servers.empty() || !rules_->is_own(p.view.key.source)) return out_.to_twin(p);
    // Forged errors must not make every packet too big: RFC 1191 section 3 and Linux's min_pmtu.
    constexpr std::uint32_t least_v4 = 552;
    if (too_big && mtu >= (p.view.v6 ? least_ipv6_mtu : least_v4) && mtu <= UINT16_MAX)
        for (const target_id id : servers)
            servers_.target(id).path_mtu.store(static_cast<std::uint16_t>(mtu),
                                               std::memory_order_relaxed);
    out_.drop(p, drop_reason::tunnel_error);
}

} // namespace weir::inline worker
