#include "worker/worker.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <utility>

#include <sys/prctl.h>
#include <time.h>

#include "flow/probe_distance.h"
#include "worker/express.h"
#include "worker/receive.h"

namespace weir::inline worker {

namespace {

constexpr unsigned prefetch_ahead = 4; ///< frames; their headers are a cache miss each
constexpr unsigned servers_ahead = 8;  ///< packets whose servers' lines are on the way
constexpr std::uint32_t fragmented_packets = 4096;

/// Fragments that may wait at one worker: of all packet buffers an eighth, since ports and rings
/// need the rest.
std::uint32_t fragments_that_wait(const director_state& state) noexcept {
    constexpr std::uint32_t least = 64;
    constexpr std::uint32_t most = 16384;
    return std::clamp(state.packets->size / 8 / state.workers, least, most);
}

/// Seconds between two turns: of a process that was stopped, and goes on.
constexpr std::uint32_t a_stop = 2;

/// Drops what came to a queue while the process was stopped, `burst` first: no more than the
/// largest ring holds.
void drop_waiting(std::uint16_t device, std::uint16_t queue, packet_books& books,
                  std::span<rte_mbuf*> burst, unsigned count) noexcept {
    constexpr unsigned most_bursts = 256;
    for (unsigned n = 0; count != 0; ++n) {
        books.received.add(count);
        books.drop(drop_reason::not_held, count);
        rte_pktmbuf_free_bulk(burst.data(), count);
        if (n == most_bursts) return;
        count =
            rte_eth_rx_burst(device, queue, burst.data(), static_cast<std::uint16_t>(burst.size()));
    }
}

// Idle turns before sleeping at all, and the longest sleep: it bounds the delay an idle director
// adds to a packet.
constexpr unsigned turns_before_nap = 64;
constexpr long shortest_nap_ns = 20'000;
constexpr long longest_nap_ns = 200'000;

} // namespace

worker_core::worker_core(director_state& state, const worker_settings& settings)
    : state_(state), flows_(*state.flows), servers_(*state.servers), neighbours_(*state.neighbours),
      books_(state.books[settings.number]), counters_(servers_.counters(settings.number)),
      connections_(servers_.connections(settings.number)), number_(settings.number),
      adaptive_(settings.adaptive), devices_(settings.devices),
      out_(state, settings.number, settings.devices),
      fragments_(fragmented_packets, fragments_that_wait(state), state.flows->hasher()),
      now_(state.clock.now()) {}

worker_core::~worker_core() {
    fragments_.clear([this](void* m) { lose_fragment(m, drop_reason::fragment_orphan); });
}

void worker_core::go_online() noexcept {
    state_.grace.go_online(number_);
}

void worker_core::go_offline() noexcept {
    state_.grace.go_offline(number_);
}

void worker_core::leave_device(std::uint16_t device) noexcept {
    for (device_wiring& wiring : devices_)
        if (wiring.device == device)
            std::atomic_ref(wiring.rx_queue).store(-1, std::memory_order_relaxed);
    out_.leave_device(device);
}

void worker_core::run() noexcept {
    prctl(PR_SET_TIMERSLACK, 1UL); // naps as short as asked for
    worker_time& time = state_.times[number_];
    go_online();
    std::uint64_t turn_began = rte_rdtsc();
    while (!state_.stop.load(std::memory_order_relaxed)) {
        const bool busy = poll();
        if (adaptive_ && !busy) nap();
        const std::uint64_t turn_ended = rte_rdtsc();
        time.cycles.add(turn_ended - turn_began);
        if (busy) time.busy_cycles.add(turn_ended - turn_began);
        turn_began = turn_ended;
    }
    go_offline();
}

void worker_core::nap() noexcept {
    if (++empty_turns_ < turns_before_nap) return;
    const long ns = std::min(longest_nap_ns,
                             shortest_nap_ns * static_cast<long>(empty_turns_ / turns_before_nap));
    const timespec rest{0, ns};
    state_.grace.go_offline(number_); // grace periods do not wait for a sleeper
    nanosleep(&rest, nullptr);
    state_.grace.go_online(number_);
}

bool worker_core::poll() noexcept {
    const std::uint32_t before = std::exchange(now_, state_.clock.now());
    rules_ = state_.rules.read();
    routes_ = state_.routes.read();
    out_.begin_turn(now_, rules_, routes_);
    // Another director may hold our addresses since. Noted now, what waits would look like news.
    const bool was_stopped = now_ - before >= a_stop && rules_->shares_addresses();
    bool busy = false;
    std::array<rte_mbuf*, burst_size> burst;
    for (device_wiring& wiring : devices_) {
        const int wired = std::atomic_ref(wiring.rx_queue).load(std::memory_order_relaxed);
        if (wired < 0) continue;
        const auto queue = static_cast<std::uint16_t>(wired);
        const unsigned count = rte_eth_rx_burst(wiring.device, queue, burst.data(), burst_size);
        if (count == 0) continue;
        busy = true;
        if (was_stopped) [[unlikely]] {
            drop_waiting(wiring.device, queue, books_, burst, count);
            continue;
        }
        books_.received.add(count);
        if (wiring.bonded) [[unlikely]]
            for (unsigned i = 0; i < count; ++i)
                burst[i]->port = wiring.device;
        take_burst(burst.data(), count, &wiring);
    }
    busy |= poll_rings();
    const std::uint32_t late = flows_.timers_behind(number_, now_);
    state_.times[number_].timers_behind.store(late, std::memory_order_relaxed);
    flows_.expire(number_, now_, timer_wheel::visits_due(std::exchange(opened_in_turn_, 0), late),
                  [this](flow_entry& entry, flow_state last) { flow_ended(entry, last); });
    flows_.recycle(number_);
    fragments_.expire(now_, [this](void* m) { lose_fragment(m, drop_reason::fragment_orphan); });
    out_.flush();
    state_.grace.quiescent(number_);
    if (busy) empty_turns_ = 0;
    return busy;
}

bool worker_core::poll_rings() noexcept {
    std::array<rte_mbuf*, burst_size> burst;
    void** const slots = reinterpret_cast<void**>(burst.data());
    const unsigned to_handle =
        rte_ring_dequeue_burst(state_.rings[number_].inbox, slots, burst_size, nullptr);
    if (to_handle > 0) take_burst(burst.data(), to_handle, nullptr);
    const unsigned to_send =
        rte_ring_dequeue_burst(state_.rings[number_].outbox, slots, burst_size, nullptr);
    for (unsigned i = 0; i < to_send; ++i)
        out_.send_for_another(burst[i]);
    ha::letterbox* const letters = state_.posts[number_].box.load(std::memory_order_acquire);
    return (letters != nullptr && send_letters(*letters)) || to_handle + to_send > 0;
}

/// One look for each burst, so that nobody pays for those who watch.
void worker_core::take_burst(rte_mbuf** packets, unsigned count,
                             const device_wiring* from) noexcept {
    const watch::watch_set* const set = state_.watches.read();
    if (set != nullptr && set->each) [[unlikely]]
        watched_burst(packets, count, from, *set);
    else
        handle_burst(packets, count, from);
}

/// `from` is null for packets another core has handed over: they are not spread again.
void worker_core::handle_burst(rte_mbuf** packets, unsigned count,
                               const device_wiring* from) noexcept {
    const bool spreads = from != nullptr && from->spread;
    packet* const first = known_.data();
    packet* next = first; // the place of the next packet of a flow
    unsigned others = 0;
    for (unsigned i = 0; i < count && i < prefetch_ahead; ++i)
        rte_prefetch0(rte_pktmbuf_mtod(packets[i], void*));
    for (unsigned i = 0; i < count; ++i) {
        if (i + prefetch_ahead < count)
            rte_prefetch0(rte_pktmbuf_mtod(packets[i + prefetch_ahead], void*));
        packet& p = *next;
        p.m = packets[i];
        const arrival is = receive(p);
        if (is == arrival::flow) [[likely]]
            p.hash = flows_.hash(p.view.key);
        if (is == arrival::gone || (spreads && spread(p))) continue;
        if (is == arrival::other) [[unlikely]] {
            aside_[others++] = p;
            continue;
        }
        flows_.prefetch(p.hash);
        if (next - first >= probe_distance) probe(*(next - probe_distance));
        ++next;
    }
    for (packet* p = next - first < probe_distance ? first : next - probe_distance; p != next; ++p)
        probe(*p);
    if (rules_->checks_sources()) [[unlikely]] {
        next = first + check_sources({first, next});
        others = static_cast<unsigned>(check_sources({aside_.data(), others}));
    }
    if (state_.table_full_at.load(std::memory_order_relaxed) != 0) [[unlikely]]
        look_ahead({first, next});
    find_and_forward({first, next});
    looked_ahead_ = false; // those aside are others
    for (unsigned i = 0; i < others; ++i)
        step_aside(aside_[i]);
}

/// Passes the packet to the worker its flow belongs to; false when that is this one. Devices with a
/// queue for every worker spread by themselves; fragments always meet at one worker, which is the
/// one that has seen the first.
bool worker_core::spread(packet& p) noexcept {
    const bool ping = p.view.kind == packet_kind::echo && p.view.fragmented;
    const bool later = p.view.kind == packet_kind::fragment;
    if (p.view.kind != packet_kind::flow && !later && !ping) return false;
    const std::uint64_t hash =
        later || p.view.fragmented
            ? flows_.hash(fragment_tracker::key_of(p.view.key, p.view.fragment_id))
            : p.hash;
    const auto owner = static_cast<unsigned>(hash % state_.workers);
    if (owner == number_) return false;
    if (rte_ring_enqueue(state_.rings[owner].inbox, p.m) != 0)
        out_.drop(p, drop_reason::ring_full);
    else
        books_.handed_over.add();
    return true;
}

/// Asks for what a packet's server has of its own, before it is sure that the flow is the packet's.
/// Inline: GCC 12 leaves out calls of what only prefetches.
[[gnu::always_inline]] inline void worker_core::ask_for_server(const packet& p) const noexcept {
    const target_id server = flows_[p.candidate].target;
    __builtin_prefetch(&servers_.target(server));
    __builtin_prefetch(&counters_[server], 1);
}

void worker_core::find_and_forward(batch flows) noexcept {
    packet* const end = flows.data() + flows.size();
    packet* ahead = flows.data();
    for (; ahead != end && ahead != flows.data() + servers_ahead; ++ahead)
        ask_for_server(*ahead);
    for (packet& p : flows) {
        if (ahead != end) ask_for_server(*ahead++);
        // Not before its turn: an earlier packet of the burst may end the flow, or open it.
        if (!flows_.confirm(p.candidate, p.view.key, now_)) [[unlikely]]
            find_or_open(p);
        else if (!express(p, p.candidate, flows_[p.candidate])) [[unlikely]]
            forward_flow(p, p.candidate);
    }
}

/// For a packet whose candidate is not its flow. One packet in thousands meets a flow with its own
/// tag first; it takes the long way.
void worker_core::find_or_open(packet& p) noexcept {
    const flow_ref flow = p.candidate ? flows_.find(p.view.key, p.hash, now_) : flow_ref{};
    if (flow)
        forward_flow(p, flow);
    else
        open_flow(p);
}

void worker_core::step_aside(packet& p) noexcept {
    switch (p.view.kind) {
    case packet_kind::flow: // the first of several fragments
    case packet_kind::fragment:
        return handle_fragment(p);
    case packet_kind::icmp_error:
        return icmp_error(p);
    case packet_kind::echo:
        return answer_echo(p);
    case packet_kind::arp:
        return answer_arp(p);
    case packet_kind::solicitation:
        return answer_solicitation(p);
    case packet_kind::advertisement:
        return hear_advertisement(p);
    case packet_kind::vrrp:
        return hear(p);
    default:
        return leave_to_linux(p, p.view.key.destination);
    }
}

} // namespace weir::inline worker
