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
    if (!flow) return error_without_flow(p, key, hash);
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

/// "Too big" about an answer goes to the server that the client's next packet would go to: a
/// service that remembers nothing, or a flow placed without state, has no better clue, and without
/// it the path's MTU stays unknown (RFC 7690; LVS's schedule_icmp). `key`: as in the client's
/// packets.
void worker_core::error_without_flow(packet& p, const flow_key& key, std::uint64_t hash) noexcept {
    const ip_address destination = destination_of(p);
    const service_rule* const rule = mode::is_too_big(p) && destination == key.destination
                                         ? rules_->find(key.destination, key.destination_port,
                                                        static_cast<std::uint8_t>(key.proto))
                                         : nullptr;
    if (rule == nullptr || !(rule->one_packet || stateless_time(*rule)))
        return leave_to_linux(p, destination);
    if (!holds(destination)) return leave_to_holder(p, destination);
    const target_id target = target_without_flow(key, hash, *rule);
    if (target == 0) return out_.drop(p, drop_reason::icmp_unmatched);
    if (ttl_of(p.ip(), p.view.v6) <= 1) return out_.drop(p, drop_reason::ttl_expired);
    const std::uint16_t bytes = p.view.ip_length;
    if (pass_on<true>(p, target, key.destination, key.destination_port))
        counters_[target].add_in(bytes);
}

/// Where a packet of this flow goes that opens none.
target_id worker_core::target_without_flow(const flow_key& key, std::uint64_t hash,
                                           const service_rule& rule) noexcept {
    if (rule.persistence) {
        const flow_key client = rule.persistence.key_of(key.source);
        if (const flow_ref known = flows_.find(client, flows_.hash(client), now_))
            return flows_[known].target;
        return rule.derive(state_.slot_hasher(client));
    }
    if (!rule.one_packet) return rule.derive(state_.slot_hasher(key));
    return rule.pick({key.source, key.destination, key.source_port.host(),
                      key.destination_port.host(), static_cast<std::uint8_t>(key.proto), hash});
}

/// An error about a tunnel packet of ours. It is believed only if it quotes a packet of a live flow
/// of that server: else anyone could make the path narrow for all clients (RFC 5927). "Too big"
/// teaches the way to all servers in tunnels there; other errors are the client's to know (RFC 2003
/// section 4).
void worker_core::tunnel_error(packet& p) noexcept {
    const std::span<const target_id> servers = rules_->tunnels_to(p.view.key.destination);
    const auto ours = std::ranges::find_if(servers, [&](target_id id) {
        return is_proto_of(servers_.target(id).forward.encap,
                           static_cast<std::uint8_t>(p.view.key.proto));
    });
    if (ours == servers.end() || !rules_->is_own(p.view.key.source))
        return leave_to_linux(p, destination_of(p));
    const carried_quote lost =
        read_carried(p.bytes(), p.view, servers_.target(*ours).forward.encap);
    const flow_ref flow =
        lost.at != 0 ? flows_.find(lost.key, flows_.hash(lost.key), now_) : flow_ref{};
    if (!flow || flow.is_reverse()
        || std::ranges::find(servers, flows_[flow].target) == servers.end())
        return out_.drop(p, drop_reason::icmp_unmatched);
    if (mode::is_too_big(p)) {
        const std::uint16_t least = state_.min_path_mtu.load(std::memory_order_relaxed);
        if (const std::uint16_t mtu = mode::path_mtu_taught_by(p, least); mtu != 0)
            for (const target_id id : servers)
                servers_.target(id).path_mtu.store(mtu, std::memory_order_relaxed);
    } else if (mode::is_lost_on_the_way(p)) {
        const std::size_t end = std::size_t{p.view.l3} + p.view.ip_length;
        out_.tell_of_loss(p.bytes().subspan(lost.at, end - lost.at), lost.v6);
    }
    out_.drop(p, drop_reason::tunnel_error);
}

} // namespace weir::inline worker
