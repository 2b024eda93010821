#include "worker/shared.h"

#include <stdexcept>

namespace weir::inline worker {

namespace {

rte_ring* make_ring(const std::string& name, unsigned size, unsigned flags) {
    rte_ring* const ring = rte_ring_create(name.c_str(), size, SOCKET_ID_ANY, flags);
    if (ring == nullptr) throw std::runtime_error("no memory for the rings between cores");
    return ring;
}

} // namespace

director_state::director_state(const state_sizes& sizes)
    : workers(sizes.workers), grace(workers + 2),
      servers(std::make_unique<server_store>(sizes.servers, workers)),
      neighbours(std::make_unique<neighbour_table>(sizes.neighbours)), books(workers + 1),
      times(workers), posts(workers), claims(workers), missed(workers + 1),
      slot_hasher(sizes.slot_hasher) {
    flows = std::make_unique<flow_table>(flow_table::settings{.capacity = sizes.connections,
                                                              .workers = workers + 1,
                                                              .adopter = workers,
                                                              .grace = &grace,
                                                              .targets = servers->targets(),
                                                              .hasher = sizes.hasher,
                                                              .now = clock.now(),
                                                              .kept = sizes.kept});
    for (unsigned w = 0; w < workers; ++w) {
        const std::string of = std::to_string(w);
        rings.push_back({make_ring(sizes.name + "inbox" + of, sizes.ring, RING_F_SC_DEQ),
                         make_ring(sizes.name + "outbox" + of, sizes.ring, RING_F_SC_DEQ),
                         {}});
        for (std::size_t c = 0; c < errand_classes; ++c)
            rings.back().to_control[c] =
                make_ring(sizes.name + "control" + std::to_string(c) + "_" + of, sizes.ring,
                          RING_F_SP_ENQ | RING_F_SC_DEQ);
    }
}

void director_state::make_letterboxes() {
    for (worker_post& post : posts) {
        if (post.memory) continue;
        post.memory = std::make_unique<ha::letterbox>();
        post.box.store(post.memory.get(), std::memory_order_release);
    }
}

director_state::~director_state() {
    free_rings();
    rte_mempool_free(packets);
}

void director_state::free_rings() {
    for (const worker_rings& of_worker : rings) {
        free_ring(of_worker.inbox);
        free_ring(of_worker.outbox);
        for (rte_ring* ring : of_worker.to_control)
            free_ring(ring);
    }
    rings.clear();
}

void free_ring(rte_ring* ring) {
    void* m = nullptr;
    while (rte_ring_dequeue(ring, &m) == 0)
        rte_pktmbuf_free(static_cast<rte_mbuf*>(m));
    rte_ring_free(ring);
}

} // namespace weir::inline worker
