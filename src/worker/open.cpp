// Packets whose flow the table does not know: new flows, strays, and what to do when the table is
// full.

#include "flow/tcp_state.h"
#include "net/rewrite.h"
#include "worker/worker.h"

namespace weir::inline worker {

namespace {

constexpr auto tcp = static_cast<std::uint8_t>(protocol::tcp);

} // namespace

void worker_core::open_flow(packet& p) noexcept {
    const flow_key& key = p.view.key;
    const stray* const ahead = seen_ahead(p);
    // An earlier packet of this burst may have opened it meanwhile.
    if (ahead == nullptr || opened_since_)
        if (const flow_ref flow = flows_.find(key, p.hash, now_)) return forward_flow(p, flow);
    if (!holds(key.destination)) return leave_to_holder(p, key.destination);
    const auto proto = static_cast<std::uint8_t>(key.proto);
    const service_rule* const rule =
        ahead != nullptr ? ahead->rule : rules_->find(key.destination, key.destination_port, proto);
    if (rule == nullptr) {
        if (reply_without_state(p) || pass_reply_over(p)) return;
        const address_role role = rules_->role_of(key.destination);
        if (!role.serves) return out_.to_twin(p);
        if (has_false_source(p)) return;
        if (!role.answers) return out_.drop(p, drop_reason::no_service);
        if (proto == tcp) out_.reset(p);
        return proto == tcp
                   ? out_.drop(p, drop_reason::no_service)
                   : out_.drop_and_tell(p, drop_reason::no_service, icmp_answer::port_unreachable);
    }
    if (has_false_source(p)) return;
    const bool is_udp = proto == static_cast<std::uint8_t>(protocol::udp);
    if (!is_udp && !p.view.opens()) return no_flow(p, *rule);

    // An association has its state from note_chunk(): to LVS a second INIT means another one.
    const flow_state state =
        is_udp         ? flow_state::udp_one_way
        : proto == tcp ? next_tcp_state(flow_state::none, flow_direction::input, p.view.tcp_flags)
                       : flow_state::none;
    // Later fragments have no ports to be scheduled by: fragmented packets make a flow for them.
    if (rule->one_packet && !p.view.fragmented) return one_packet(p, *rule);
    if (rule->share && is_over_share(*rule)) [[unlikely]]
        return place_without_state(p, *rule);
    const auto [target, control] = place(p, *rule, is_active(state));
    if (target == 0)
        return out_.drop_and_tell(p, drop_reason::no_destination, icmp_answer::port_unreachable);
    if (goes_back(p, target)) {
        servers_.closed(target, is_active(state));
        if (control != 0) flows_.release_template(control);
        return out_.drop(p, drop_reason::false_source);
    }
    const flow_table::opened opened =
        flows_.insert(number_, {key, target, state, rule->timeouts[state], control}, p.hash, now_);
    if (opened.ours) {
        connections_[target].add();
        ++opened_in_turn_;
        half_open_queue* const openings = servers_.opened_flows(target);
        if (openings != nullptr && !is_udp) [[unlikely]]
            openings->add(opened.flow.entry());
    } else {
        servers_.closed(target, is_active(state));
    }
    if (!opened.flow) {
        state_.table_full_at.store(now_, std::memory_order_relaxed);
        state_.placed_without_state.store(true, std::memory_order_relaxed);
        books_.table_full.add();
        return place_without_state(p, *rule);
    }
    opened_since_ = true;
    // The packet is what its flow is opened with. Noted again, a datagram would count as a second
    // one, and a SYN would change nothing; an INIT has its state from there.
    if (opened.ours && (is_udp || proto == tcp)) return pass_first(p, flows_[opened.flow]);
    forward_flow(p, opened.flow);
}

void worker_core::pass_first(packet& p, const flow_entry& entry) noexcept {
    long_way_.add();
    const std::uint16_t bytes = p.view.ip_length;
    if (to_server(p, entry.target, entry.vip_port)) counters_[entry.target].add_in(bytes);
}

/// Sources that no host has. Asked when a flow is opened: one that is established has passed. True:
/// dropped.
bool worker_core::has_false_source(packet& p) noexcept {
    if (!rules_->role_of(p.view.key.source).never_sends()) [[likely]]
        return false;
    out_.drop(p, drop_reason::false_source);
    return true;
}

/// Would it go to the server it comes from? Through NAT it would leave with one address as source
/// and destination, and the server would answer itself.
bool worker_core::goes_back(const packet& p, target_id id) const noexcept {
    const flow_target& server = servers_.target(id);
    return replies_return(server.forward.mode) && server.address == p.view.key.source;
}

/// A flow or template is over: its server has one less.
void worker_core::flow_ended(const flow_entry& entry, flow_state last) noexcept {
    if (entry.is_template())
        servers_.template_closed(entry.target);
    else
        servers_.closed(entry.target, is_active(last));
}

/// LVS's one-packet scheduling: a connection that begins and ends with this packet.
void worker_core::one_packet(packet& p, const service_rule& rule) noexcept {
    const auto [target, control] = place(p, rule, false);
    if (target == 0)
        return out_.drop_and_tell(p, drop_reason::no_destination, icmp_answer::port_unreachable);
    const std::uint16_t bytes = p.view.ip_length;
    if (goes_back(p, target)) {
        out_.drop(p, drop_reason::false_source);
    } else if (to_server(p, target, p.view.key.destination_port)) {
        connections_[target].add();
        counters_[target].add_in(bytes);
    }
    servers_.closed(target, false);
    if (control != 0) flows_.release_template(control);
}

/// A TCP or SCTP packet for a service that neither belongs to a connection nor begins one.
void worker_core::no_flow(packet& p, const service_rule& rule) noexcept {
    if (pass_over(p, p.view.key.destination) || place_alike(p, rule)) return;
    if (stateless_time(rule)) return place_without_state(p, rule);
    if (p.view.key.proto == tcp) out_.reset(p);
    out_.drop(p, drop_reason::no_connection);
}

/// Where directors serve a VIP at once, routers may move a connection here before its director has
/// told of it. If all choose alike it goes where that one has sent it, without an entry; a server
/// that does not know it resets it. False: nothing was done.
bool worker_core::place_alike(packet& p, const service_rule& rule) noexcept {
    const flow_key& key = p.view.key;
    if (!rule.alike || rules_->peers().empty()
        || rules_->group_of(key.destination) != ha::always_held)
        return false;
    const target_id target =
        rule.pick({key.source, key.destination, key.source_port.host(), key.destination_port.host(),
                   static_cast<std::uint8_t>(key.proto), p.hash});
    if (target == 0 || goes_back(p, target)) return false;
    const std::uint16_t bytes = p.view.ip_length;
    if (to_server(p, target, key.destination_port)) counters_[target].add_in(bytes);
    return true;
}

/// Does the service fill its share of the table? Its new flows then go as those of a full table.
bool worker_core::is_over_share(const service_rule& rule) noexcept {
    if (!rule.share->refuses(now_)) return false;
    books_.over_share.add();
    state_.placed_without_state.store(true, std::memory_order_relaxed);
    return true;
}

/// While the table or the service's share is full, and for as long after as a connection placed
/// then may live, packets without a flow go where every packet of their connection goes: to the
/// derived server.
bool worker_core::stateless_time(const service_rule& rule) const noexcept {
    const auto lately = [&](std::uint32_t full_at) {
        return full_at != 0 && now_ - full_at < rule.timeouts[flow_state::established];
    };
    return lately(state_.table_full_at.load(std::memory_order_relaxed))
           || (rule.share && lately(rule.share->full_at()));
}

std::uint64_t worker_core::slot_hash(const packet& p, const service_rule& rule) const noexcept {
    if (rule.persistence) return state_.slot_hasher(rule.persistence.key_of(p.view.key.source));
    return state_.slot_hasher(p.view.key);
}

/// Slots are spread over more memory than the caches hold: all words that a burst needs are asked
/// for at once, then all servers that they name.
void worker_core::look_ahead(batch flows) noexcept {
    stray* its = strays_.data();
    for (const packet& p : flows) {
        const flow_key& key = p.view.key;
        *its = {.surely = !p.candidate};
        if (its->surely) {
            its->rule = rules_->find(key.destination, key.destination_port,
                                     static_cast<std::uint8_t>(key.proto));
            if (its->rule != nullptr) {
                its->hash = slot_hash(p, *its->rule);
                if (its->rule->slots) its->rule->slots->prefetch(its->hash);
            }
        }
        ++its;
    }
    for (stray& s : std::span(strays_).first(flows.size())) {
        if (s.rule == nullptr) continue;
        s.target = s.rule->derive(s.hash);
        __builtin_prefetch(&servers_.target(s.target));
        __builtin_prefetch(&counters_[s.target], 1);
    }
    looked_ahead_ = true;
    opened_since_ = false;
}

const worker_core::stray* worker_core::seen_ahead(const packet& p) const noexcept {
    if (!looked_ahead_) return nullptr;
    const stray& its = strays_[static_cast<std::size_t>(&p - known_.data())];
    return its.surely ? &its : nullptr;
}

void worker_core::place_without_state(packet& p, const service_rule& rule) noexcept {
    // A persistent client's connections go to one server without state, too.
    const stray* const ahead = seen_ahead(p);
    target_id target = ahead != nullptr ? ahead->target : rule.derive(slot_hash(p, rule));
    if (target == 0) target = rule.fallback;
    if (target == 0)
        return out_.drop_and_tell(p, drop_reason::no_destination, icmp_answer::port_unreachable);
    if (goes_back(p, target)) return out_.drop(p, drop_reason::false_source);
    const std::uint16_t bytes = p.view.ip_length;
    if (to_server(p, target, p.view.key.destination_port)) counters_[target].add_in(bytes);
}

/// The answer of a NAT server to a connection that has no flow. False: it is not one, as the
/// answers to our own connections (health checks) are not.
bool worker_core::reply_without_state(packet& p) noexcept {
    const bool ever_full = state_.placed_without_state.load(std::memory_order_relaxed);
    const flow_key& key = p.view.key;
    if ((!ever_full && !rules_->one_packet_nat()) || rules_->is_own(key.destination)) return false;
    const auto proto = static_cast<std::uint8_t>(key.proto);
    rule_set::reply_owner owner = rules_->find_reply(key.source, key.source_port, proto, false);
    if (owner.rule != nullptr && !stateless_time(*owner.rule))
        owner = rules_->find_reply(key.source, key.source_port, proto, true);
    if (owner.rule == nullptr) return false;
    if (!holds(owner.vip)) {
        leave_to_holder(p, owner.vip);
        return true;
    }
    const std::uint16_t bytes = p.view.ip_length;
    if (to_client(p, owner.target, owner.vip, owner.vip_port))
        counters_[owner.target].add_out(bytes);
    return true;
}

} // namespace weir::inline worker
