#include "generator.h"

#include <cstring>
#include <stdexcept>

#include <rte_cycles.h>

namespace weir::bench {

namespace {

constexpr unsigned buffers = 8191;
constexpr std::uint64_t most_under_way = 1024; ///< in a flood: keeps the worker's ring filled

std::uint64_t& due_of(rte_mbuf* m) {
    return *static_cast<std::uint64_t*>(m->buf_addr);
}

std::uint64_t to_cycles(double seconds) {
    return static_cast<std::uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
}

} // namespace

generator::generator(testbed& bed, const traffic& frames, std::uint64_t flows)
    : bed_(bed), packets_(rte_pktmbuf_pool_create("generator", buffers, 256, note_size,
                                                  RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY)),
      order_(flows, false, 1), frames_(flows * frame_room) {
    if (packets_ == nullptr) throw std::runtime_error("no memory for the generator's packets");
    for (std::uint64_t flow = 0; flow < flows; ++flow)
        length_ = frames.write(&frames_[flow * frame_room], flow, tcp_header::ack);
}

/// Removes the packets left in the rings (the worker has stopped) before their memory goes.
generator::~generator() {
    for (rte_ring* const ring : {bed_.to_worker(0), bed_.from_worker(0)}) {
        void* m = nullptr;
        while (rte_ring_dequeue(ring, &m) == 0)
            rte_pktmbuf_free(static_cast<rte_mbuf*>(m));
    }
    rte_mempool_free(packets_);
}

unsigned generator::send(unsigned count, std::uint64_t first_due, double between) {
    rte_mbuf* packets[burst_size];
    if (rte_pktmbuf_alloc_bulk(packets_, packets, count) != 0) return 0;
    for (unsigned i = 0; i < count; ++i) {
        rte_mbuf& m = *packets[i];
        std::memcpy(rte_pktmbuf_mtod(&m, void*), &frames_[order_.next() * frame_room], length_);
        m.data_len = length_;
        m.pkt_len = length_;
        m.port = bed_.device();
        due_of(&m) = first_due + static_cast<std::uint64_t>(i * between);
    }
    const unsigned taken = rte_ring_enqueue_burst(
        bed_.to_worker(0), reinterpret_cast<void**>(packets), count, nullptr);
    if (taken < count) rte_pktmbuf_free_bulk(packets + taken, count - taken);
    return taken;
}

void generator::take_back(run& r) {
    rte_mbuf* packets[burst_size];
    const unsigned count = rte_ring_dequeue_burst(
        bed_.from_worker(0), reinterpret_cast<void**>(packets), burst_size, nullptr);
    if (count == 0) return;
    const std::uint64_t now = rte_rdtsc();
    for (unsigned i = 0; i < count; ++i)
        r.times.add(now - due_of(packets[i]));
    rte_pktmbuf_free_bulk(packets, count);
    r.back += count;
}

/// Waits for the packets still on the way.
void generator::drain(run& r) {
    const std::uint64_t end = rte_rdtsc() + to_cycles(2);
    while (r.back < r.sent && rte_rdtsc() < end)
        take_back(r);
}

generator::run generator::flood(double seconds) {
    run r;
    const std::uint64_t began = rte_rdtsc();
    std::uint64_t now = began;
    for (const std::uint64_t end = began + to_cycles(seconds); now < end; now = rte_rdtsc()) {
        if (r.sent - r.back < most_under_way) r.sent += send(burst_size, now, 0);
        take_back(r);
    }
    r.per_second =
        static_cast<double>(r.back) / cycles_to_ns(static_cast<double>(now - began)) * 1e9;
    drain(r);
    return r;
}

generator::run generator::pace(double packets_per_second, double seconds) {
    run r;
    const double between = static_cast<double>(rte_get_tsc_hz()) / packets_per_second;
    const std::uint64_t began = rte_rdtsc();
    const std::uint64_t end = began + to_cycles(seconds);
    for (std::uint64_t now = began; now < end; now = rte_rdtsc()) {
        const auto due = static_cast<std::uint64_t>(static_cast<double>(now - began) / between) + 1;
        if (due > r.sent)
            r.sent += send(
                static_cast<unsigned>(std::min<std::uint64_t>(due - r.sent, burst_size)),
                began + static_cast<std::uint64_t>(static_cast<double>(r.sent) * between), between);
        take_back(r);
    }
    r.per_second = static_cast<double>(r.back) / seconds;
    drain(r);
    return r;
}

} // namespace weir::bench
