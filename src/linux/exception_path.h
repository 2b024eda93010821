#pragma once

// The path between workers and Linux. Packets that are not for a service come from the workers'
// rings, a ring for each class of them (worker/errand.h), and go to the twin of
// their port. In a turn each class gets as much attention as any other. Packets that Linux sends to
// a twin leave through its port, via a worker's outbox, since only workers touch device queues.
// Packets of checks for a VIP are rewritten both ways (detours.h). Packets that wait for a
// neighbour go to the neighbour keeper. Control core only; keeps its own books, so that every
// packet is accounted for.

#include <set>
#include <span>
#include <vector>

#include "linux/detours.h"
#include "linux/neighbour_keeper.h"
#include "loop/event_loop.h"
#include "port/twin.h"
#include "worker/shared.h"

namespace weir::linux {

class exception_path {
public:
    /// `twins` by port_id; null for ports without one. All must outlive this.
    exception_path(director_state& state, loop::event_loop& loop, neighbour_keeper& keeper,
                   detours& of_checks, std::vector<port::twin*> twins);
    ~exception_path();

    /// Listens again to twins that were missing. Call once a second.
    void look_at_twins();

    /// Sends a frame of the control core out of a port, with the port's tag.
    void send(port_id port, std::span<const std::byte> frame);

private:
    void listen(port_id port);
    bool look_at_workers();
    void to_linux(rte_mbuf* m, errand_class c);
    void missed(const ip_address& server);
    void from_linux(port_id port);
    void transmit(rte_mbuf* m, port_id port, packet_origin origin);

    director_state& state_;
    loop::event_loop& loop_;
    neighbour_keeper& keeper_;
    detours& detours_;
    std::vector<port::twin*> twins_;
    std::set<port_id> missing_; ///< twins whose interface somebody removed
    packet_books& books_;
};

} // namespace weir::linux
