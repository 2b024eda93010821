#include "replay.h"

#include <atomic>
#include <stdexcept>

#include <fmt/format.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "measure.h"
#include "net/rewrite.h"
#include "testbed.h"
#include "traffic.h"

namespace weir::bench {

namespace {

/// Bursts laid ready before the clock starts: more than the second-level cache holds, so that
/// packets come from where a network card leaves them (DDIO: the last-level cache).
constexpr unsigned bursts_per_round = 256;
constexpr unsigned rounds_per_turn = 2; ///< then the floor has its turn, or the other way round

struct result {
    samples worker;
    samples floor;
};

/// One worker's part.
class replayer {
public:
    replayer(testbed& bed, unsigned number, const replay_case& c)
        : bed_(bed), number_(number), case_(c), frames_(bed, c.v6, c.services, c.packet_size),
          order_(c.flows, c.zipf, number + 1) {}

    /// Opens this worker's share of the flows and lets every one carry a packet.
    void open_flows() {
        const std::uint64_t share = (case_.flows + case_.workers - 1) / case_.workers;
        const std::uint64_t first = number_ * share;
        const std::uint64_t last = std::min(case_.flows, first + share);
        for (const std::uint8_t flags : {tcp_header::syn, tcp_header::ack})
            for (std::uint64_t flow = first; flow < last;) {
                const auto count =
                    static_cast<unsigned>(std::min<std::uint64_t>(burst_size, last - flow));
                lay_ready(
                    count, [&] { return flow++; }, flags);
                bed_.worker_at(number_).poll();
                take_back();
            }
    }

    void measure(result& r) {
        const std::uint64_t end =
            rte_rdtsc()
            + static_cast<std::uint64_t>(case_.seconds * static_cast<double>(rte_get_tsc_hz()));
        const bool only_floor = case_.mode == "floor";
        while (rte_rdtsc() < end) {
            for (unsigned i = 0; i < rounds_per_turn && !only_floor; ++i)
                round(r.worker, [this] { bed_.worker_at(number_).poll(); });
            for (unsigned i = 0; i < rounds_per_turn; ++i)
                round(r.floor, [this] { floor(); });
        }
    }

private:
    template <typename Work>
    void round(samples& into, Work&& work) {
        for (unsigned b = 0; b < bursts_per_round; ++b)
            lay_ready(
                burst_size, [this] { return order_.next(); }, tcp_header::ack);
        for (unsigned b = 0; b < bursts_per_round; ++b) {
            const std::uint64_t began = rte_rdtsc_precise();
            work();
            into.add(rte_rdtsc_precise() - began, burst_size);
        }
        take_back();
    }

    template <typename Flow>
    void lay_ready(unsigned count, Flow&& flow, std::uint8_t flags) {
        rte_mbuf* packets[burst_size];
        if (rte_pktmbuf_alloc_bulk(bed_.state().packets, packets, count) != 0)
            throw std::runtime_error("out of packet buffers");
        for (unsigned i = 0; i < count; ++i) {
            auto* const frame = rte_pktmbuf_mtod(packets[i], std::byte*);
            const std::uint16_t length = frames_.write(frame, flow(), flags);
            packets[i]->data_len = length;
            packets[i]->pkt_len = length;
            packets[i]->port = bed_.device();
        }
        rte_ring_enqueue_bulk(bed_.to_worker(number_), reinterpret_cast<void**>(packets), count,
                              nullptr);
    }

    /// MAC swap: what any forwarder must do at least.
    void floor() {
        rte_mbuf* packets[burst_size];
        const auto queue = static_cast<std::uint16_t>(number_);
        const std::uint16_t count = rte_eth_rx_burst(bed_.device(), queue, packets, burst_size);
        for (unsigned i = 0; i < count; ++i) {
            if (i + 4u < count) rte_prefetch0(rte_pktmbuf_mtod(packets[i + 4], void*));
            auto* const ether = rte_pktmbuf_mtod(packets[i], ether_header*);
            std::swap(ether->source, ether->destination);
        }
        rte_eth_tx_burst(bed_.device(), queue, packets, count);
    }

    void take_back() {
        rte_mbuf* packets[burst_size];
        for (;;) {
            const unsigned count = rte_ring_dequeue_burst(
                bed_.from_worker(number_), reinterpret_cast<void**>(packets), burst_size, nullptr);
            if (count == 0) return;
            rte_pktmbuf_free_bulk(packets, count);
        }
    }

    testbed& bed_;
    unsigned number_;
    const replay_case& case_;
    traffic frames_;
    flow_order order_;
};

struct job {
    testbed* bed;
    const replay_case* c;
    unsigned number;
    std::atomic<unsigned>* ready;
    result* r;
};

int run_job(void* argument) {
    const job& j = *static_cast<job*>(argument);
    replayer mine(*j.bed, j.number, *j.c);
    if (j.c->mode != "floor") mine.open_flows();
    j.ready->fetch_add(1);
    while (j.ready->load() < j.c->workers)
        rte_pause();
    mine.measure(*j.r);
    return 0;
}

} // namespace

forward_mode mode_named(const std::string& mode) {
    if (mode == "dr" || mode == "floor") return forward_mode::dr;
    if (mode == "tun") return forward_mode::tun;
    if (mode == "nat") return forward_mode::nat;
    if (mode == "fullnat") throw std::runtime_error("fullnat is not built yet");
    throw std::runtime_error("no mode '" + mode + "': dr, tun, nat or floor");
}

nlohmann::ordered_json replay(const replay_case& c) {
    if (c.workers == 0 || c.workers > rte_lcore_count())
        throw std::runtime_error(
            fmt::format("{} workers need as many cores: give --lcores", c.workers));
    testbed bed({.flows = static_cast<std::uint32_t>(c.flows),
                 .services = c.services,
                 .servers = c.servers,
                 .workers = c.workers,
                 .v6 = c.v6,
                 .mode = mode_named(c.mode),
                 .scheduler = c.scheduler});
    std::vector<result> results(c.workers);
    std::vector<job> jobs;
    std::atomic<unsigned> ready{0};
    for (unsigned w = 0; w < c.workers; ++w)
        jobs.push_back({&bed, &c, w, &ready, &results[w]});
    unsigned started = 1;
    unsigned lcore = 0;
    RTE_LCORE_FOREACH_WORKER(lcore) {
        if (started < c.workers) rte_eal_remote_launch(run_job, &jobs[started++], lcore);
    }
    run_job(jobs.data());
    rte_eal_mp_wait_lcore();

    samples worker;
    samples floor;
    double mpps = 0;
    for (result& r : results) {
        samples& of = c.mode == "floor" ? r.floor : r.worker;
        mpps += 1e3 / of.median_ns();
        worker.add(of);
        floor.add(r.floor);
    }
    std::uint64_t dropped = 0;
    for (const packet_books& books : bed.state().books)
        for (const counter& reason : books.dropped)
            dropped += reason.get();
    const double ns = worker.median_ns();
    return {{"case", fmt::format("{}-v{}-{}", c.mode, c.v6 ? 6 : 4, c.flows)},
            {"mode", c.mode},
            {"family", c.v6 ? 6 : 4},
            {"flows", c.flows},
            {"servers", c.servers},
            {"services", c.services},
            {"workers", c.workers},
            {"packet_size", c.packet_size},
            {"pattern", c.zipf ? "zipf" : "uniform"},
            {"mpps", mpps},
            {"ns_per_packet",
             {{"min", worker.min_ns()}, {"median", ns}, {"p99", worker.quantile_ns(0.99)}}},
            {"cycles_per_packet", ns_to_cycles(ns)},
            {"floor_ns_per_packet", {{"min", floor.min_ns()}, {"median", floor.median_ns()}}},
            {"ratio", ns / floor.median_ns()},
            {"bytes_per_flow",
             static_cast<double>(bed.state().flows->bytes()) / static_cast<double>(c.flows)},
            {"page_size", bed.state().flows->page_size()},
            {"dropped", dropped}};
}

} // namespace weir::bench
