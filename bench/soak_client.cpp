#include "soak_client.h"

#include <cstring>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "net/checksum.h"

namespace weir::bench {

namespace {

constexpr unsigned buffers_per_worker = 8191;
constexpr std::uint32_t idle_ms = 1000 * soak_client::idle_time.count();
/// A connection confirmed this recently is in the table, except as may_be_over() says.
constexpr std::uint32_t surely_alive_ms = 1000;
constexpr std::uint32_t given_up_ms = 1000; ///< a SYN is given up after this

} // namespace

soak_client::soak_client(testbed& bed, soak_rules& rules, unsigned workers, bool v6,
                         std::uint32_t flows)
    : bed_(bed), rules_(rules), v6_(v6), workers_(workers),
      services_(static_cast<unsigned>(bed.first_services().size())),
      frames_(bed, v6, services_, 64),
      packets_(rte_pktmbuf_pool_create("clients", workers * (buffers_per_worker + 1) - 1, 256,
                                       note_size, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY)),
      flows_(flows), looks_(workers, {rte_rdtsc(), nullptr}), ms_(rte_get_tsc_hz() / 1000) {
    static_assert(sizeof(note) <= least_headroom);
    if (packets_ == nullptr) throw std::runtime_error("no memory for the clients' packets");
    for (const config::service& service : bed.first_services())
        modes_.push_back(service.forward);
    for (unsigned w = 0; w < workers; ++w) {
        const auto queue = static_cast<std::uint16_t>(w);
        looks_[w].hook = rte_eth_add_rx_callback(bed.device(), queue, note_meeting, this);
        if (looks_[w].hook == nullptr) throw std::runtime_error("DPDK is built without callbacks");
    }
}

soak_client::~soak_client() {
    for (unsigned w = 0; w < workers_; ++w)
        rte_eth_remove_rx_callback(bed_.device(), static_cast<std::uint16_t>(w), looks_[w].hook);
    take_back();
    rte_mempool_free(packets_);
}

std::uint32_t soak_client::random() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>(state_ >> 33);
}

/// DPDK calls it on a worker's thread whenever the worker has looked for packets. The worker took
/// the time between the previous look and this one.
std::uint16_t soak_client::note_meeting(std::uint16_t, std::uint16_t worker, rte_mbuf** burst,
                                        std::uint16_t count, std::uint16_t, void* client) {
    look& own = static_cast<soak_client*>(client)->looks_[worker];
    const std::uint64_t now = rte_rdtsc();
    for (std::uint16_t i = 0; i < count; ++i) {
        note& n = *static_cast<note*>(burst[i]->buf_addr);
        n.looked = own.last;
        n.met = now;
    }
    own.last = now;
    return count;
}

bool soak_client::send() {
    bool any = false;
    for (unsigned w = 0; w < workers_; ++w)
        any |= send_to(w);
    return any;
}

bool soak_client::send_to(unsigned worker) {
    rte_mbuf* burst[burst_size];
    rte_ring* const ring = bed_.to_worker(worker);
    if (rte_ring_free_count(ring) < 2 * burst_size
        || rte_pktmbuf_alloc_bulk(packets_, burst, burst_size) != 0)
        return false;
    unsigned count = 0;
    unsigned unused = burst_size;
    while (count < unused) {
        const std::uint32_t number = some_flow_of(worker);
        next n{};
        if (!next_packet(number, n)) {
            rte_pktmbuf_free(burst[--unused]);
            continue;
        }
        rte_mbuf* const m = write(burst[count], number, n);
        if (n.what == kind::answer && workers_ > 1) { // the servers' packets belong to no worker
            rte_ring* const other = bed_.to_worker(random() % workers_);
            if (other != ring && rte_ring_enqueue(other, m) == 0) {
                ++sent_;
                burst[count] = burst[--unused];
                continue;
            }
        }
        ++count;
    }
    sent_ += count;
    rte_ring_enqueue_bulk(ring, reinterpret_cast<void**>(burst), count, nullptr);
    return true;
}

std::uint32_t soak_client::some_flow_of(unsigned worker) {
    const auto each = static_cast<std::uint32_t>(flows_.size()) / workers_;
    return random() % each * workers_ + worker;
}

/// The next step of a flow; false: none.
bool soak_client::next_packet(std::uint32_t number, next& n) {
    flow& f = flows_[number];
    const auto now = static_cast<std::uint32_t>(rte_rdtsc() / ms_);
    switch (f.now) {
    case phase::opening: // until the SYN comes back; a dropped one is given up
        if (now - f.sent > given_up_ms) {
            f.now = phase::closed;
            f.certainly_over = false; // it may only be late
        }
        return false;
    case phase::silent: // long enough to expire
        if (now - f.sent > 2 * idle_ms) {
            f.now = phase::closed;
            f.certainly_over = true;
        }
        return false;
    case phase::closed:
        n = {kind::fresh, tcp_header::syn};
        f.established = f.answered = false;
        f.data = 0;
        ++f.life;
        f.now = phase::opening;
        ++opened_;
        break;
    case phase::open:
        if (now - f.confirmed > 2 * idle_ms) { // its packets no longer get through
            f.now = phase::closed;
            f.certainly_over = false;
            return false;
        }
        if (random() % 256 == 0) {
            f.now = phase::silent;
            ++fell_silent_;
            return false;
        }
        n = packet_of_open(number, now - f.confirmed);
        break;
    }
    f.sent = now;
    return true;
}

soak_client::next soak_client::packet_of_open(std::uint32_t number, std::uint32_t unconfirmed) {
    flow& f = flows_[number];
    const bool answers_return = mode_of(number).facts().replies_return;
    if (answers_return && !f.answered) return {kind::answer, tcp_header::syn | tcp_header::ack};
    const bool alive = f.established && unconfirmed < surely_alive_ms;
    const std::uint32_t dice = random() % 256;
    if (dice < 2) {
        f.now = phase::closed;
        // weir ignores resets in the handshake, which a connection re-enters once its server has
        // gone; a NAT server's answer may still be on its way.
        f.certainly_over =
            alive && !answers_return && rules_.expected_of(f.server).removed_since == 0;
        return {kind::last, tcp_header::rst};
    }
    if (dice < 4) {
        f.now = phase::closed;
        f.certainly_over = false;
        return {kind::last, tcp_header::fin | tcp_header::ack};
    }
    if (dice < 8 && alive) return {kind::again, tcp_header::syn};
    if (dice < 60 && alive && answers_return) return {kind::answer, tcp_header::ack};
    return {kind::data, tcp_header::ack};
}

rte_mbuf* soak_client::write(rte_mbuf* m, std::uint32_t number, next n) {
    const flow& f = flows_[number];
    auto* const frame = rte_pktmbuf_mtod(m, std::byte*);
    m->data_len = frames_.write(frame, number, n.flags);
    m->pkt_len = m->data_len;
    m->port = bed_.device();
    if (n.what == kind::answer) turn_round(frame, f.server);
    *static_cast<note*>(m->buf_addr) = {
        rte_rdtsc(), number, f.server, n.what, f.life, n.what == kind::fresh && f.certainly_over};
    return m;
}

/// A NAT server's answer: the client's packet reversed.
void soak_client::turn_round(std::byte* frame, server_tag server) {
    const ip_address from = bed_.server_address(server - 1u);
    std::byte* const at = frame + sizeof(ether_header);
    auto* tcp = reinterpret_cast<tcp_header*>(at + sizeof(ipv4_header));
    if (v6_) {
        auto& ip = *reinterpret_cast<ipv6_header*>(at);
        ip.destination = ip.source;
        ip.source = from.bytes();
        tcp = reinterpret_cast<tcp_header*>(at + sizeof(ipv6_header));
    } else {
        auto& ip = *reinterpret_cast<ipv4_header*>(at);
        ip.destination = ip.source;
        ip.source = from.as_v4();
        ip.checksum = {};
        ip.checksum =
            checksum_finish(checksum_add({reinterpret_cast<const std::byte*>(&ip), sizeof ip}));
    }
    std::swap(tcp->source_port, tcp->destination_port);
    if ((tcp->flags & tcp_header::syn) != 0) tcp->sequence = {}; // clients acknowledge 1
}

} // namespace weir::bench
