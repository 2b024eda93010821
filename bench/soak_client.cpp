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
/// For this long after a worker took the time for a packet; entries count whole seconds.
constexpr std::uint32_t still_alive_ms = idle_ms - 1000;
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
        f.established = false;
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
}

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
    rte_ring* const ring = bed_.state().rings[worker].to_control;
    while (rte_ring_dequeue(ring, reinterpret_cast<void**>(&m)) == 0) {
        // The control core would book what Linux takes. This test has none, so it books here.
        bed_.state().books.back().to_twin.add();
        const note& n = *static_cast<const note*>(m->buf_addr);
        if (m->pool != packets_ || !is_late(n))
            rules_.violation("for Linux", fmt::format("a packet of flow {}", n.flow));
        rte_pktmbuf_free(m);
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
    if (n.what == kind::fresh) {
        f.server = server;
        f.certainly_over = false;
        if (f.now == phase::opening && of_this_life) f.now = phase::open;
    } else if (may_begin_anew(f, n)) { // in the handshake, where LVS and weir ignore resets
        f.server = server;
        f.established = f.certainly_over = false;
        ++f.life; // answers still on the way belong to the previous connection
    } else if (server != f.server) {
        if (bed_.state().table_full_at != 0)
            ++moved_without_state_;
        else
            rules_.violation("server changed", fmt::format("flow {}: its server was {} and is {}",
                                                           n.flow, f.server, server));
    } else if (n.what == kind::data && of_this_life) {
        f.established = true;
    }
    if (!of_this_life) return;
    f.confirmed = static_cast<std::uint32_t>(n.sent / ms_);
    f.touched = n.looked;
}

/// A SYN that finds its connection over opens another: when its server is removed and the drain
/// time is over, or when it has expired. The worker knows the former a moment before gone_since
/// says so, and the clock of drain times counts whole seconds.
bool soak_client::may_begin_anew(const flow& f, const note& n) {
    const std::uint64_t removed = rules_.expected_of(f.server).removed_since;
    return n.what == kind::again
           && ((removed != 0 && n.met > removed + 900 * ms_) || may_be_over(f, n));
}

void soak_client::check_answer(const note& n, const std::byte* frame) {
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
