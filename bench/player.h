#pragma once

// Plays frames to one worker of a testbed and takes back what it sends; also the floor: the same
// port and the same packets, received, their MAC addresses swapped, and sent. Runs on the lcore
// that polls the worker.

#include <cstdint>
#include <stdexcept>
#include <utility>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "measure.h"
#include "net/headers.h"
#include "testbed.h"
#include "traffic.h"

namespace weir::bench {

/// Bursts prepared before the clock starts: more than the second-level cache holds, so that packets
/// come from where a network card leaves them (DDIO: the last-level cache).
inline constexpr unsigned bursts_per_round = 256;

class player {
public:
    player(testbed& bed, unsigned number, const traffic& frames)
        : bed_(bed), number_(number), frames_(frames) {}

    void worker() { bed_.worker_at(number_).poll(); }

    /// MAC swap: the least that any forwarder must do.
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

    /// Prepares whole bursts, where `flow()` returns the flow number of each packet; calls
    /// `ready()`, then times `work` for each burst.
    template <typename Flow, typename Work, typename Ready>
    void round(samples& into, std::uint8_t flags, Flow&& flow, Work&& work, Ready&& ready) {
        for (unsigned b = 0; b < bursts_per_round; ++b)
            lay_ready(burst_size, flow, flags);
        ready();
        for (unsigned b = 0; b < bursts_per_round; ++b) {
            const std::uint64_t began = rte_rdtsc_precise();
            work();
            into.add(rte_rdtsc_precise() - began, burst_size);
        }
        take_back();
    }

    template <typename Flow, typename Work>
    void round(samples& into, std::uint8_t flags, Flow&& flow, Work&& work) {
        round(into, flags, flow, work, [] {});
    }

    /// Opens flows [first, last) and sends two packets on each. Not timed.
    void open(std::uint64_t first, std::uint64_t last) {
        const bool answers = bed_.first_services().front().forward.facts().replies_return;
        for (const std::uint8_t flags : {tcp_header::syn, tcp_header::ack, tcp_header::ack})
            for (std::uint64_t flow = first; flow < last;) {
                const auto count =
                    static_cast<unsigned>(std::min<std::uint64_t>(burst_size, last - flow));
                lay_ready(
                    count, [&] { return flow++; }, flags);
                worker();
                if (answers && flags == tcp_header::syn) {
                    answer();
                    worker();
                }
                take_back();
            }
    }

    /// The servers' SYN-ACKs to the SYNs that have left.
    void answer() {
        rte_mbuf* packets[burst_size];
        const unsigned count = rte_ring_dequeue_burst(
            bed_.from_worker(number_), reinterpret_cast<void**>(packets), burst_size, nullptr);
        for (unsigned i = 0; i < count; ++i) {
            turn_round(rte_pktmbuf_mtod(packets[i], std::byte*));
            packets[i]->port = bed_.device();
        }
        rte_ring_enqueue_bulk(bed_.to_worker(number_), reinterpret_cast<void**>(packets), count,
                              nullptr);
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

    void take_back() {
        rte_mbuf* packets[burst_size];
        for (;;) {
            const unsigned count = rte_ring_dequeue_burst(
                bed_.from_worker(number_), reinterpret_cast<void**>(packets), burst_size, nullptr);
            if (count == 0) return;
            rte_pktmbuf_free_bulk(packets, count);
        }
    }

private:
    static void turn_round(std::byte* frame) {
        header_at<ether_header>(frame, 0).destination = testbed::port_mac();
        std::size_t at = sizeof(ether_header) + sizeof(ipv4_header);
        auto& v4 = header_at<ipv4_header>(frame, sizeof(ether_header));
        if (v4.version_ihl == 0x45) {
            std::swap(v4.source, v4.destination);
        } else {
            auto& v6 = header_at<ipv6_header>(frame, sizeof(ether_header));
            std::swap(v6.source, v6.destination);
            at = sizeof(ether_header) + sizeof(ipv6_header);
        }
        auto& tcp = header_at<tcp_header>(frame, at);
        std::swap(tcp.source_port, tcp.destination_port);
        tcp.flags = tcp_header::syn | tcp_header::ack;
        tcp.sequence = {}; // clients acknowledge 1
    }

    testbed& bed_;
    unsigned number_;
    const traffic& frames_;
};

} // namespace weir::bench
