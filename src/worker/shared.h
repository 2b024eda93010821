#pragma once

// What the cores share. The control core makes all of it before the first worker starts and
// outlives the workers; afterwards it reaches them only through what is here: published pointers,
// atomic slots and rings of packets. See docs/architecture.md for who writes what.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include "flow/grace_periods.h"
#include "flow/table.h"
#include "ha/agreement.h"
#include "ha/lease.h"
#include "ha/letterbox.h"
#include "ha/succession.h"
#include "service/counters.h"
#include "service/grace.h"
#include "service/neighbours.h"
#include "service/routes.h"
#include "service/rule_set.h"
#include "service/server_store.h"
#include "watch/watch.h"
#include "worker/claims.h"
#include "worker/errand.h"

namespace weir::inline worker {

/// What a core tells another about a packet it hands over. Lives in the mbuf's private area; only
/// valid while the packet is in a ring between cores.
struct packet_note {
    /// What the control core does with it.
    enum class errand : std::uint8_t {
        to_twin, ///< not ours, from `address`; for the twin of `port`
        resolve, ///< unchanged; wants the next hop `address` on `port` first, then comes back
    };
    errand what = errand::to_twin;
    packet_origin origin = packet_origin::received;
    port_id port = 0;
    ip_address address;
};

inline packet_note& note_of(rte_mbuf* m) noexcept {
    return *static_cast<packet_note*>(rte_mbuf_to_priv(m));
}

/// Size of the mbufs' private area, a multiple of RTE_MBUF_PRIV_ALIGN.
inline constexpr std::uint16_t note_size = 32;
static_assert(sizeof(packet_note) <= note_size && alignof(packet_note) <= 8);

/// Room kept in front of a received frame for an outer header: at least IPv6's 40 bytes.
inline constexpr std::uint16_t least_headroom = 64;
static_assert(RTE_PKTMBUF_HEADROOM >= least_headroom);

/// The rings of one worker.
struct worker_rings {
    rte_ring* inbox = nullptr;  ///< to it, to be handled; any core adds
    rte_ring* outbox = nullptr; ///< to it, to leave through mbuf->port; any core adds
    std::array<rte_ring*, errand_classes> to_control{}; ///< from it alone, to the control core

    rte_ring* ring_of(errand_class c) const noexcept {
        return to_control[static_cast<std::size_t>(c)];
    }
};

/// Seconds since start, by the time stamp counter: what workers read, beside loop/clock.h. Starts
/// at 1000, so that "before now" exists.
class coarse_clock {
public:
    coarse_clock() : start_(rte_rdtsc()), hz_(rte_get_tsc_hz()) {}
    std::uint32_t now() const noexcept {
        return static_cast<std::uint32_t>((rte_rdtsc() - start_) / hz_) + 1000;
    }
    /// Winds it, for tests. Before or between the turns of workers.
    void advance(std::uint32_t seconds) noexcept { start_ -= seconds * hz_; }

private:
    std::uint64_t start_;
    std::uint64_t hz_;
};

/// How busy a worker is, in time stamp counter cycles, and how late its timers.
struct alignas(64) worker_time {
    counter cycles;
    counter busy_cycles;                         ///< of turns that found work
    std::atomic<std::uint32_t> timers_behind{0}; ///< seconds
};

/// What a worker exchanges with the heart, once there is one.
struct alignas(64) worker_post {
    std::atomic<ha::letterbox*> box{nullptr};
    std::unique_ptr<ha::letterbox> memory;
};

/// How much of everything there is room for.
struct state_sizes {
    unsigned workers = 1;
    std::uint32_t connections = 1;
    target_id servers = 1;
    std::uint32_t neighbours = 1;
    unsigned ring = 1024;  ///< a power of 2; a ring holds one packet less
    std::string name = {}; ///< begins the names of rings: DPDK has one of each; up to 12 letters
    flow_hasher hasher{};  ///< of the connection table
    flow_hasher slot_hasher{}; ///< of placement without state
    std::string kept{};        ///< see flow_table::settings
};

struct director_state {
    /// All but the packet buffers, the rules and the routes. Throws std::runtime_error or
    /// std::bad_alloc when there is no memory.
    explicit director_state(const state_sizes& sizes);
    ~director_state();
    director_state(const director_state&) = delete;
    director_state& operator=(const director_state&) = delete;

    unsigned workers;
    grace_periods grace; ///< reader ids: workers 0.., the control core, the sync thread
    std::unique_ptr<server_store> servers;
    std::unique_ptr<flow_table> flows;
    std::unique_ptr<neighbour_table> neighbours;
    published<rule_set> rules;
    published<route_table> routes;
    published<watch::watch_set> watches;                    ///< null: nobody watches packets
    std::array<std::atomic<bool>, 2 * max_ports> link_up{}; ///< by DPDK port id
    std::vector<packet_books> books;    ///< by worker; the last is the control core's
    std::vector<worker_time> times;     ///< by worker
    std::vector<worker_rings> rings;    ///< by worker
    std::vector<worker_post> posts;     ///< by worker
    std::vector<claim_ring> claims;     ///< of VIPs by other hosts; by worker
    std::vector<missed_answers> missed; ///< by worker; the last is the control core's
    ha::lease lease;                    ///< of addresses that directors share
    ha::succession successions;         ///< of those that change hands just now
    ha::agreement step;                 ///< with its peers
    rte_mempool* packets = nullptr;     ///< freed with the state
    coarse_clock clock;
    const flow_hasher slot_hasher; ///< names a packet's slot (slot_table.h), and servers there
    std::atomic<std::uint32_t> table_full_at{0};   ///< coarse clock; 0 = never yet
    std::atomic<bool> placed_without_state{false}; ///< some flow of a service, ever
    std::atomic<std::uint16_t> min_path_mtu{552};  ///< of tunnels, bytes: less is not believed
    std::atomic<bool> stop{false};

    /// Has weir lost an answer of this server's, or a request to it, at `then` (coarse clock) or
    /// later?
    bool missed_since(const ip_address& server, std::uint32_t then) const noexcept {
        return std::ranges::any_of(
            missed, [&](const missed_answers& of_core) { return of_core.any_since(server, then); });
    }
    unsigned control_reader() const noexcept { return workers; }
    unsigned sync_reader() const noexcept { return workers + 1; }
    /// The owner number in the table of the thread that adopts what peers know.
    unsigned adopter() const noexcept { return workers; }
    /// Gives every worker a letterbox, unless they have them. Workers may run.
    void make_letterboxes();
    /// The rings and the packets in them; for those who look whether buffers are missing.
    void free_rings();
};

/// Frees a ring and the packets in it.
void free_ring(rte_ring* ring);

} // namespace weir::inline worker
