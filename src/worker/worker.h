#pragma once

// A worker core: it polls its queues and runs every packet to completion.
//
// A turn takes a burst from each queue and passes it through stages, so that what one stage asks
// for is in the cache when the next one needs it:
//
//   parse    bytes to meaning; what is not a whole TCP, UDP or SCTP packet steps aside
//   prefetch the bucket of the flow key
//   probe    the candidate of a bucket asked for some packets ago, its entry on the way
//   confirm  that the candidate is the packet's flow; the servers of the next ones are on the way
//   forward  note, rewrite, hand to the egress; most by the express lane (express.h)
//
// What steps aside (ICMP, ARP, fragments, packets for Linux) is handled after that, one by one. No
// stage locks, allocates, throws or calls the system. Every packet ends in exactly one book: sent,
// to the control core, to another worker, or dropped for a reason.
//
// The ends a packet can come to are egress's. Memory: the burst in hand, the fragments that wait
// and the packets to be sent are a worker's own; the rest is director_state's.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "flow/fragments.h"
#include "ha/letterbox.h"
#include "net/parse.h"
#include "watch/watch.h"
#include "worker/egress.h"
#include "worker/packet.h"
#include "worker/shared.h"

namespace weir::inline worker {

struct worker_settings {
    unsigned number = 0;
    bool adaptive = false; ///< sleep after empty polls
    std::vector<device_wiring> devices;
};

class worker_core {
public:
    /// Allocates all that it needs. `state` outlives it and was made for so many workers.
    worker_core(director_state& state, const worker_settings& settings);
    ~worker_core();
    worker_core(const worker_core&) = delete;
    worker_core& operator=(const worker_core&) = delete;

    /// Polls until state.stop, online as a reader of state.grace.
    void run() noexcept;

    /// One turn; true when there was work. run() calls it; tests and benchmarks may.
    bool poll() noexcept;

    /// Packets of flows that did not take the express lane (express.h). Any thread.
    std::uint64_t long_way() const noexcept { return long_way_.get(); }

    /// As a reader of state.grace, for those who call poll() themselves.
    void go_online() noexcept;
    void go_offline() noexcept;
    /// It does not receive from this device any more, once it has passed a quiescent point. Control
    /// core.
    void leave_device(std::uint16_t device) noexcept;

private:
    using batch = std::span<packet>;

    // The stages (worker.cpp).
    enum class arrival { flow, other, gone };
    void handle_burst(rte_mbuf** packets, unsigned count, const device_wiring* from) noexcept;
    arrival receive(packet& p) noexcept;
    arrival receive_any(packet& p) noexcept;
    bool straighten(packet& p) noexcept;
    bool spread(packet& p) noexcept;
    void probe(packet& p) const noexcept { p.candidate = flows_.probe(p.hash); }
    void ask_for_server(const packet& p) const noexcept;
    void find_and_forward(batch flows) noexcept;
    void find_or_open(packet& p) noexcept;
    void step_aside(packet& p) noexcept;
    bool poll_rings() noexcept;

    // Known flows (express.h, forward.cpp).
    bool express(packet& p, flow_ref flow, flow_entry& entry) noexcept;
    template <typename Mode, flow_direction direction>
    [[gnu::always_inline]] bool leave(packet& p, flow_entry& entry, const flow_target& server,
                                      neighbour_id hop) noexcept;
    void forward_flow(packet& p, flow_ref flow) noexcept;
    void note_packet(flow_entry& entry, const packet& p, flow_direction direction) noexcept;
    void note_segment(flow_entry& entry, const packet& p, flow_direction direction) noexcept;
    bool note_handshake(flow_entry& entry, const packet& p, flow_direction direction) noexcept;
    void note_datagram(flow_entry& entry, flow_direction direction) noexcept;
    void note_chunk(flow_entry& entry, const packet& p, flow_direction direction) noexcept;
    void move(flow_entry& entry, flow_state before, flow_state after) noexcept;
    bool begins_again(const packet& p, const flow_entry& entry, flow_state state) const noexcept;

    // On to their end; false: dropped, or kept for a neighbour and not to be counted (pass_on.cpp).
    template <bool is_error>
    bool pass_on(packet& p, target_id id, const ip_address& vip, be16 vip_port) noexcept;
    bool to_server(packet& p, target_id id, be16 vip_port) noexcept;
    bool to_client(packet& p, target_id id, const ip_address& vip, be16 vip_port) noexcept;
    bool error_to_server(packet& p, const flow_entry& entry) noexcept;
    bool error_to_client(packet& p, const flow_entry& entry) noexcept;

    // Flows not known (open.cpp).
    void open_flow(packet& p) noexcept;
    void pass_first(packet& p, const flow_entry& entry) noexcept;
    void one_packet(packet& p, const service_rule& rule) noexcept;
    void flow_ended(const flow_entry& entry, flow_state last) noexcept;
    void no_flow(packet& p, const service_rule& rule) noexcept;
    void place_without_state(packet& p, const service_rule& rule) noexcept;
    bool place_alike(packet& p, const service_rule& rule) noexcept;
    void look_ahead(batch flows) noexcept;
    struct stray;
    const stray* seen_ahead(const packet& p) const noexcept;
    std::uint64_t slot_hash(const packet& p, const service_rule& rule) const noexcept;
    bool reply_without_state(packet& p) noexcept;
    bool stateless_time(const service_rule& rule) const noexcept;
    bool is_over_share(const service_rule& rule) noexcept;
    bool comes_right(const packet& p) const noexcept;
    std::size_t check_sources(batch packets) noexcept;

    // Where new flows go (place.cpp).
    struct placement {
        target_id target = 0;   ///< counted already; 0 = there is none to give
        flow_index control = 0; ///< the template that says so, held; 0 = none
    };
    placement place(const packet& p, const service_rule& rule, bool active) noexcept;
    placement place_persistent(const packet& p, const service_rule& rule, bool active) noexcept;
    target_id schedule(const packet& p, const service_rule& rule, bool active) noexcept;
    bool still_good(const service_rule& rule, target_id id) const noexcept;
    target_id displace(const service_rule& rule, const new_flow& flow, bool active) noexcept;
    bool end_half_open(target_id id) noexcept;

    // Addresses that directors share, and VRRP (shared_addresses.cpp).
    bool take_as_router(packet& p) noexcept;
    bool holds(const ip_address& vip) const noexcept;
    void leave_to_holder(packet& p, const ip_address& vip) noexcept;
    bool pass_over(packet& p, const ip_address& vip) noexcept;
    bool pass_reply_over(packet& p) noexcept;
    void hear(packet& p) noexcept;
    bool send_letters(ha::letterbox& box) noexcept;
    void send_letter(const ha::letter& l) noexcept;

    // Packets weir answers itself, ICMP errors, fragments (worker_answer.cpp, refuse.cpp,
    // icmp.cpp, fragment.cpp).
    void answer_arp(packet& p) noexcept;
    void answer_solicitation(packet& p) noexcept;
    void hear_advertisement(packet& p) noexcept;
    void note_claim(const packet& p, const ip_address& address, const mac_address& by) noexcept;
    void answer_echo(packet& p) noexcept;
    bool has_false_source(packet& p) noexcept;
    bool goes_back(const packet& p, target_id id) const noexcept;
    bool speaks_for(packet& p, const ip_address& address) noexcept;
    void leave_to_linux(packet& p, const ip_address& destination) noexcept;

    void icmp_error(packet& p) noexcept;
    void error_without_flow(packet& p, const flow_key& key, std::uint64_t hash) noexcept;
    target_id target_without_flow(const flow_key& key, std::uint64_t hash,
                                  const service_rule& rule) noexcept;
    void tunnel_error(packet& p) noexcept;
    void first_fragment(packet& p) noexcept;
    void later_fragment(packet& p) noexcept;
    void later_of_ping(packet& p) noexcept;
    using waiting_fragments = std::array<rte_mbuf*, fragment_tracker::most_held>;
    unsigned remember_first(const packet& p, waiting_fragments& waited) noexcept;
    void follow_first(const waiting_fragments& waited, unsigned count) noexcept;
    void hold_fragment(packet& p) noexcept;
    void lose_fragment(void* m, drop_reason reason) noexcept;
    bool port_changes(flow_ref flow) const noexcept;
    void handle_fragment(packet& p) noexcept;

    // For those who watch packets (watched_burst.cpp).
    struct glance;
    watch::flow_sight sight_of(flow_ref flow) const noexcept;
    bool look_at(const rte_mbuf& m, bool from_wire, const watch::watch_set& set,
                 glance& g) const noexcept;
    void take_burst(rte_mbuf** packets, unsigned count, const device_wiring* from) noexcept;
    void watched_burst(rte_mbuf** packets, unsigned count, const device_wiring* from,
                       const watch::watch_set& set) noexcept;
    void witness(rte_mbuf* m, const device_wiring* from, const watch::watch_set& set,
                 glance& g) noexcept;
    void decide_why(const glance& g, watch::sighting& s) const noexcept;

    void nap() noexcept;

    director_state& state_;
    flow_table& flows_;
    server_store& servers_;
    neighbour_table& neighbours_;
    packet_books& books_;
    const std::span<server_counters> counters_; ///< this worker's, by target
    const std::span<counter> connections_;      ///< the same
    const unsigned number_;
    const bool adaptive_;
    std::vector<device_wiring> devices_;
    egress out_;
    fragment_tracker fragments_;

    // The burst in hand. Here and not on the stack, so that nothing is initialised for each burst.
    std::array<packet, burst_size> known_;
    std::array<packet, burst_size> aside_;
    /// After the table has been full: where packets of `known_` go if they have no entry.
    struct stray {
        bool surely = false; ///< it has none; otherwise the rest is not known
        const service_rule* rule = nullptr;
        std::uint64_t hash = 0;
        target_id target = 0;
    };
    std::array<stray, burst_size> strays_;
    bool looked_ahead_ = false;   ///< strays_ belongs to the packets in hand
    bool opened_since_ = false;   ///< a flow was opened since
    unsigned opened_in_turn_ = 0; ///< flows, until their timers are looked at

    // Read once per turn.
    std::uint32_t now_;
    const rule_set* rules_ = nullptr;
    const route_table* routes_ = nullptr;

    target_id went_to_ = 0; ///< the server of the last packet that took the long way
    counter long_way_;
    unsigned empty_turns_ = 0;
};

} // namespace weir::inline worker
