#pragma once

// The ends a packet can come to: out of a port, with the link header of its next hop, whole, cut up
// or in a tunnel; to the control core; dropped, in silence or with an answer. Whoever is given a
// packet here has it no longer. Used by its worker only; it lives as long as the worker.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "net/answer_icmp.h"
#include "worker/answer_budget.h"
#include "worker/packet.h"
#include "worker/shared.h"
#include "worker/transmitter.h"

namespace weir::inline worker {

/// Where a packet leaves, and to whom.
struct way_out {
    link_address link;
    const port_rule* port = nullptr;
};

class egress {
public:
    egress(director_state& state, unsigned worker, const std::vector<device_wiring>& devices);

    /// As transmitter::leave_device().
    void leave_device(std::uint16_t device) noexcept { wire_.leave_device(device); }
    /// What holds for the packets of one turn. `now`: coarse clock.
    void begin_turn(std::uint32_t now, const rule_set* rules, const route_table* routes) noexcept {
        now_ = now;
        rules_ = rules;
        routes_ = routes;
    }
    /// Sends what waits.
    void flush() noexcept { wire_.flush(); }
    /// Calls `visit(mbuf, device, origin)` for each frame that waits to be sent.
    template <typename Visit>
    void each_waiting(Visit&& visit) const {
        wire_.each_waiting(visit);
    }
    /// What the last packet that went to the control core went there for; null: none has since
    /// forget_errand().
    const packet_note* last_errand() const noexcept { return has_errand_ ? &errand_ : nullptr; }
    void forget_errand() noexcept { has_errand_ = false; }

    // The way (egress.cpp).

    /// The neighbour a route leads to; 0 when it has no slot yet.
    neighbour_id hop_of(const route& r, const ip_address& destination) const noexcept {
        return r.gateway != 0 ? r.gateway : neighbours_.find(r.port, destination);
    }
    /// Where to send; false when the packet has been taken: it waits for the neighbour, or is lost.
    bool find_way(packet& p, neighbour_id hop, way_out& way) noexcept;
    bool find_way(packet& p, const ip_address& destination, way_out& way) noexcept;
    /// May the packet leave through a path of this MTU, whole or cut up by whoever sends it? False:
    /// it must stay whole; weir has dropped it and told its sender the size (RFC 1191, RFC 8201),
    /// for IPv6 at least 1280.
    bool fits(packet& p, std::size_t mtu) noexcept;

    /// A whole frame, finished.
    void send_frame(rte_mbuf* m, std::uint16_t device) noexcept {
        wire_.send(m, device, packet_origin::received);
    }
    /// An IP packet, whose link header is written here. False: it had to be cut up and could not;
    /// dropped.
    bool send(packet& p, const way_out& way,
              packet_origin origin = packet_origin::received) noexcept;
    /// A frame that was turned round in place, out of the port it came in through.
    void send_back(packet& p) noexcept;
    /// What another core has handed over to leave by a device of this worker's, as it noted.
    void send_for_another(rte_mbuf* m) noexcept { wire_.send(m, m->port, note_of(m).origin); }

    // Cutting up (egress_cut.cpp), and the numbers of what others may cut.

    using fragments = std::array<rte_mbuf*, 64>; ///< more than any MTU makes of an IP packet

    /// Cuts up an IPv4 packet that may be cut, into pieces without link headers. Their number; 0:
    /// dropped.
    std::size_t cut(packet& p, std::size_t mtu, fragments& pieces) noexcept;
    /// The same of an IPv6 packet whose source we are: a tunnel's.
    std::size_t cut_tunnel(packet& p, std::size_t mtu, fragments& pieces) noexcept;
    void send_pieces(std::span<rte_mbuf* const> pieces, bool v6, const way_out& way) noexcept;
    /// Each outer header has another number, so that its pieces are known (RFC 6864 section 4.2).
    std::uint16_t next_tunnel_id() noexcept {
        tunnel_id_ += state_.workers;
        return static_cast<std::uint16_t>(tunnel_id_);
    }

    // Other ends (egress.cpp, errand.cpp).

    /// To Linux, by the twin of the port it came in through; dropped when there is none, or no
    /// room.
    void to_twin(packet& p) noexcept;
    /// Counts it under one reason and frees it.
    void drop(packet& p, drop_reason reason) noexcept;
    /// Drops a packet and tells its sender why by ICMP. As the host with the VIP we say that
    /// nothing listens there (RFC 1122 section 3.2.2.1); what a router says, we say as ourselves.
    void drop_and_tell(packet& p, drop_reason reason, icmp_answer what,
                       std::size_t mtu = 0) noexcept;
    /// May the sender of this packet be answered now (answer_budget.h)? False: counted as withheld.
    bool may_answer(answer_kind kind, const packet& about) noexcept;
    /// Tells the client that what we put into a tunnel for it is lost: `lost` is the client's
    /// packet, as far as it is known, from its IP header on.
    void tell_of_loss(std::span<const std::byte> lost, bool v6) noexcept;
    /// Sends a frame of our own out of a port.
    void send_made(std::span<const std::byte> frame, port_id port) noexcept;
    /// The same of an IP packet to a neighbour, or through a gateway; lost when it is not resolved.
    void send_made_packet(std::span<const std::byte> ip, const ip_address& to) noexcept;
    /// Answers a TCP packet that no connection is for; the packet stays the caller's.
    void reset(const packet& p) noexcept;

private:
    bool way_to(packet& p, neighbour_id hop, port_id port, const ip_address& next_hop,
                way_out& way) noexcept;
    void write_link(rte_mbuf* m, std::size_t ip_offset, bool v6, const way_out& way) noexcept;
    errand_class class_of(const packet& p, const ip_address& speaker) noexcept;
    void to_control(packet& p, errand_class c, const packet_note& note) noexcept;

    template <class Head, class Describe>
    std::size_t cut_behind(const Head& head, std::size_t own, const Describe& describe, packet& p,
                           std::size_t mtu, fragments& pieces) noexcept;

    director_state& state_;
    neighbour_table& neighbours_;
    packet_books& books_;
    const unsigned number_; ///< the worker's
    transmitter wire_;

    std::uint32_t now_ = 0;
    const rule_set* rules_ = nullptr;
    const route_table* routes_ = nullptr;

    std::uint32_t tunnel_id_; ///< of the last outer header; workers take turns
    answer_budget answers_;
    budget<1> checks_; ///< what counts as from servers (errand.h)
    packet_note errand_;
    bool has_errand_ = false;
};

} // namespace weir::inline worker
