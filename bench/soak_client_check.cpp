// What must be true of every packet that comes back (soak_client.h).

#include <cstddef>
#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "soak_client.h"

namespace weir::bench {

namespace {

/// For this long after a worker took the time for a packet; entries count whole seconds.
constexpr std::uint32_t still_alive_ms = 1000 * soak_client::idle_time.count() - 1000;

} // namespace

bool soak_client::take_back() {
    bool any = false;
    for (unsigned w = 0; w < workers_; ++w) {
        any |= take_back_from(w);
        take_from_control_ring(w);
    }
    return any;
}

bool soak_client::take_back_from(unsigned worker) {
    rte_mbuf* burst[burst_size];
    bool any = false;
    for (;;) {
        const unsigned count = rte_ring_dequeue_burst(
            bed_.from_worker(worker), reinterpret_cast<void**>(burst), burst_size, nullptr);
        if (count == 0) return any;
        any = true;
        for (unsigned i = 0; i < count; ++i) {
            if (burst[i]->pool != packets_) continue; // a reset, an ICMP error
            ++back_;
            check(burst[i]);
        }
        rte_pktmbuf_free_bulk(burst, count);
    }
}

/// Packets for the control core end here.
void soak_client::take_from_control_ring(unsigned worker) {
    rte_mbuf* m = nullptr;
    for (rte_ring* ring : bed_.state().rings[worker].to_control) {
        while (rte_ring_dequeue(ring, reinterpret_cast<void**>(&m)) == 0) {
            // The control core would book what Linux takes. This test has none, so it books here.
            bed_.state().books.back().to_twin.add();
            const note& n = *static_cast<const note*>(m->buf_addr);
            if (m->pool != packets_ || !is_late(n))
                rules_.violation("for Linux", fmt::format("a packet of flow {}", n.flow));
            rte_pktmbuf_free(m);
        }
    }
}

/// True if the answer may find its connection over.
bool soak_client::is_late(const note& n) {
    const flow& f = flows_[n.flow];
    return n.what == kind::answer
           && (n.life != f.life || f.now != phase::open || n.server != f.server
               || rules_.expected_of(n.server).removed_since != 0 || may_be_over(f, n));
}

/// True if its worker may have seen the packet after the connection expired, although it was alive
/// when the packet was sent. Workers that wait for a CPU stop for seconds.
bool soak_client::may_be_over(const flow& f, const note& n) const {
    return n.met > f.touched + still_alive_ms * ms_;
}

void soak_client::wait_for_the_rest() {
    const std::uint64_t end = rte_rdtsc() + 10'000 * ms_;
    const auto received = [&] {
        std::uint64_t sum = 0;
        for (const packet_books& books : bed_.state().books)
            sum += books.received.get();
        return sum;
    };
    while (received() < sent_ && rte_rdtsc() < end)
        if (!take_back()) std::this_thread::yield();
}

/// A packet's destination: the last two bytes of the server's MAC or address.
server_tag soak_client::server_of(const std::byte* frame, forwarding way) const {
    const std::byte* last = frame + sizeof(ether_header);
    last += v6_ ? offsetof(ipv6_header, destination) + 14 : offsetof(ipv4_header, destination) + 2;
    if (way.mode == forward_mode::dr) last = frame + 4;
    be16 tag;
    std::memcpy(&tag, last, sizeof tag);
    return tag.host();
}

void soak_client::check(rte_mbuf* m) {
    const note n = *static_cast<const note*>(m->buf_addr);
    const auto* const frame = rte_pktmbuf_mtod(m, const std::byte*);
    if (n.what == kind::answer) return check_answer(n, frame);
    flow& f = flows_[n.flow];
    const bool of_this_life = n.life == f.life;
    const server_tag server = server_of(frame, mode_of(n.flow));
    const server_expectation& expected = rules_.expected_of(server);
    const std::uint64_t gone = expected.gone_since;
    if (gone != 0 && n.met > gone)
        rules_.violation("server gone",
                         fmt::format("flow {}, server {}: drain time is over", n.flow, server));
    const std::uint64_t closed = expected.closed_since;
    if (n.chooses && of_this_life && closed != 0 && n.met > closed)
        rules_.violation("server closed", fmt::format("flow {}: a new connection to server {}, "
                                                      "which is drained or removed",
                                                      n.flow, server));
    const std::uint64_t removed = expected.removed_since; // it may have been drained before
    if (n.what == kind::again && of_this_life && removed != 0 && closed > removed && n.met > closed)
        rules_.violation("server closed", fmt::format("flow {}: a SYN to server {}, which is "
                                                      "removed",
                                                      n.flow, server));
    if (n.what == kind::fresh) {
        f.server = server;
        f.certainly_over = false;
        if (f.now == phase::opening && of_this_life) f.now = phase::open;
    } else if (may_begin_anew(f, n)) { // in the handshake, where LVS and weir ignore resets
        f.server = server;
        f.established = f.certainly_over = f.answered = false;
        f.data = 0;
        ++f.life; // answers still on the way belong to the previous connection
    } else if (server != f.server) {
        if (bed_.state().table_full_at != 0)
            ++moved_without_state_;
        else
            rules_.violation("server changed", fmt::format("flow {}: its server was {} and is {}",
                                                           n.flow, f.server, server));
    } else if (n.what == kind::data && of_this_life) {
        f.established = f.data != 0;
        f.data = 1;
    }
    if (!of_this_life) return;
    f.confirmed = static_cast<std::uint32_t>(n.sent / ms_);
    f.touched = n.looked;
}

/// A SYN on a known connection opens another when its server is removed, or when the connection has
/// expired.
bool soak_client::may_begin_anew(const flow& f, const note& n) {
    return n.what == kind::again
           && (rules_.expected_of(f.server).removed_since != 0 || may_be_over(f, n));
}

void soak_client::check_answer(const note& n, const std::byte* frame) {
    if (n.life == flows_[n.flow].life) flows_[n.flow].answered = true;
    const ip_address vip = bed_.vip(service_of(n.flow));
    const std::byte* const ip = frame + sizeof(ether_header);
    const ip_address from = v6_ ? ip_address::v6(reinterpret_cast<const std::uint8_t*>(
                                ip + offsetof(ipv6_header, source)))
                                : ip_address::v4(reinterpret_cast<const ipv4_header*>(ip)->source);
    if (from != vip)
        rules_.violation("wrong answer", fmt::format("flow {}: it comes from {} and not from {}",
                                                     n.flow, to_string(from), to_string(vip)));
}

} // namespace weir::bench
