#include "rig.h"

#include <atomic>
#include <cstring>

#include <rte_eth_ring.h>

namespace weir::test {

namespace {

constexpr unsigned ring_size = 512;
constexpr unsigned buffers = 8191;
std::atomic<unsigned> instances{0};

rte_ring* make_ring(const std::string& name) {
    return rte_ring_create(name.c_str(), ring_size, SOCKET_ID_ANY, 0);
}

bytes_of_frame bytes_of(const rte_mbuf* m) {
    const auto* const data = rte_pktmbuf_mtod(m, const std::byte*);
    return {data, data + m->data_len};
}

} // namespace

mac_address port_mac(port_id port) {
    return {{0x02, 0, 0, 0, 0xff, port}};
}

mac_address mac_of(std::string_view address) {
    const auto bytes = parse_address(address)->bytes();
    return {{0x02, bytes[1], bytes[12], bytes[13], bytes[14], bytes[15]}};
}

unsigned host_of(const bytes_of_frame& frame) {
    return destination_mac_in(frame).bytes.back();
}

packet from_host(port_id port, std::string_view address) {
    return packet().mac(mac_of(address), port_mac(port)).from(address);
}

packet request(std::uint16_t port) {
    return from_host(wan, "192.0.2.7").to("192.0.2.100").tcp(port, 80);
}

packet sent_on(const packet& p, port_id port, std::string_view to) {
    return packet(p).mac(port_mac(port), mac_of(to)).ttl(63);
}

rig::rig(const rig_settings& settings)
    : settings_(settings), plane_({.workers = settings.workers,
                                   .connections = settings.connections,
                                   .servers = 1000,
                                   .neighbours = 1000,
                                   .ring = ring_size,
                                   .name = "rig" + std::to_string(instances),
                                   .slot_hasher = settings.slot_hasher}) {
    if (settings_.queues == 0) settings_.queues = settings_.workers;
    const std::string suffix = std::to_string(instances++);
    state().packets = rte_pktmbuf_pool_create(("rig" + suffix).c_str(), buffers, 0, note_size,
                                              10000, SOCKET_ID_ANY);
    buffers_ = rte_mempool_avail_count(state().packets);
    sent_.resize(2);
    for (const port_id port : {wan, lan})
        make_port(port);
    make_ways_out();
    plane_.publish();
    plane_.make_workers(false);
    plane_.drive_by_hand();
}

void rig::make_ways_out() {
    std::vector<route_table::item> routes;
    for (const auto& [network, port] : {std::pair{"192.0.2.0/24", wan},
                                        {"203.0.113.0/24", wan},
                                        {"2001:db8::/64", wan},
                                        {"198.51.100.0/24", lan},
                                        {"2001:db8:1::/64", lan}})
        routes.push_back({*parse_prefix(network), {.port = port, .gateway = 0, .reachable = true}});
    plane_.paths().set_routes(std::move(routes));
    for (unsigned host = 1; host < 30; ++host) {
        for (const auto& [network, port] : {std::pair{"192.0.2.", wan},
                                            {"2001:db8::", wan},
                                            {"198.51.100.", lan},
                                            {"2001:db8:1::", lan}}) {
            const std::string address = network + std::to_string(host);
            state().neighbours->set(state().neighbours->add(port, *parse_address(address)),
                                    mac_of(address));
        }
    }
}

rig::~rig() {
    plane_.stop_workers();
    for (const port_rule& port : plane_.ports()) {
        rte_eth_dev_stop(port.device);
        rte_eth_dev_close(port.device);
    }
    for (const auto* all : {&rx_, &tx_})
        for (const auto& of_port : *all)
            for (rte_ring* ring : of_port)
                free_ring(ring);
    state().free_rings();
    EXPECT_EQ(rte_mempool_avail_count(state().packets), buffers_) << "packet buffers are missing";
}

void rig::make_port(port_id port) {
    const std::string name = "rig" + std::to_string(instances) + "_" + std::to_string(port);
    const unsigned queues = settings_.queues;
    rx_.emplace_back();
    tx_.emplace_back();
    for (unsigned q = 0; q < queues; ++q) {
        rx_[port].push_back(make_ring(name + "r" + std::to_string(q)));
        tx_[port].push_back(make_ring(name + "t" + std::to_string(q)));
    }
    const int device =
        rte_eth_from_rings(name.c_str(), rx_[port].data(), queues, tx_[port].data(), queues, 0);
    ASSERT_GE(device, 0);
    const auto id = static_cast<std::uint16_t>(device);
    const rte_eth_conf plain{};
    const auto count = static_cast<std::uint16_t>(queues);
    ASSERT_EQ(rte_eth_dev_configure(id, count, count, &plain), 0);
    for (std::uint16_t q = 0; q < count; ++q) {
        ASSERT_EQ(rte_eth_rx_queue_setup(id, q, ring_size, 0, nullptr, state().packets), 0);
        ASSERT_EQ(rte_eth_tx_queue_setup(id, q, ring_size, 0, nullptr), 0);
    }
    ASSERT_EQ(rte_eth_dev_start(id), 0);
    state().link_up[id] = true;
    port_rule rule;
    rule.name = port == wan ? "wan" : "lan";
    rule.device = id;
    rule.mac = port_mac(port);
    rule.twin = settings_.twins;
    rule.mtu = port == lan ? settings_.lan_mtu : std::uint16_t{1500};
    rule.vlan = port == lan ? settings_.lan_vlan : std::uint16_t{0};
    rule.addresses = {{*parse_address(port == wan ? "192.0.2.2" : "198.51.100.1"), 24},
                      {*parse_address(port == wan ? "2001:db8::2" : "2001:db8:1::1"), 64}};
    plane_.add_device({id, queues, queues});
    plane_.add_port(std::move(rule));
}

void rig::reload(std::vector<config::service> services) {
    services_ = std::move(services);
    plane_.apply(services_);
    plane_.publish();
}

std::vector<target_id> rig::service(const service_settings& s) {
    std::vector<config::service> all = services_;
    all.push_back(service_of(s));
    reload(std::move(all));
    const plane::known_service& known = *plane_.services().services().back();
    std::vector<target_id> slots;
    for (const plane::known_server& server : known.servers)
        slots.push_back(server.id);
    if (known.fallback) slots.push_back(known.fallback->id);
    return slots;
}

void rig::forget_neighbour(port_id port, std::string_view address) {
    state().neighbours->unresolve(state().neighbours->add(port, *parse_address(address)));
}

void rig::set_link(port_id port, bool up) {
    state().link_up[device_of(port)] = up;
}

void rig::pass_time(std::uint32_t seconds) {
    state().clock.advance(seconds);
}

rte_mbuf* rig::make(port_id port, const bytes_of_frame& frame) {
    rte_mbuf* const m = rte_pktmbuf_alloc(state().packets);
    m->data_off = headroom_;
    const auto put = [](rte_mbuf* to, std::span<const std::byte> bytes) {
        std::memcpy(rte_pktmbuf_append(to, static_cast<std::uint16_t>(bytes.size())), bytes.data(),
                    bytes.size());
    };
    const std::size_t first = cut_ == 0 ? frame.size() : std::min(cut_, frame.size());
    put(m, {frame.data(), first});
    if (first < frame.size()) {
        rte_mbuf* const rest = rte_pktmbuf_alloc(state().packets);
        put(rest, std::span(frame).subspan(first));
        rte_pktmbuf_chain(m, rest);
    }
    m->port = device_of(port);
    return m;
}

void rig::feed(port_id port, unsigned worker, const bytes_of_frame& frame, std::uint64_t flags,
               std::uint16_t tag, std::uint16_t outer_tag) {
    rte_mbuf* const m = make(port, frame);
    m->ol_flags |= flags;
    m->vlan_tci = tag;
    m->vlan_tci_outer = outer_tag;
    ASSERT_EQ(rte_ring_enqueue(rx_[port][worker % settings_.queues], m), 0);
}

void rig::from_linux(port_id port, unsigned worker, const bytes_of_frame& frame) {
    rte_mbuf* const m = make(port, frame);
    note_of(m).origin = packet_origin::from_linux;
    ASSERT_EQ(rte_ring_enqueue(state().rings[worker].outbox, m), 0);
}

void rig::poll_without_collecting() {
    for (unsigned w = 0; w < settings_.workers; ++w)
        plane_.worker_at(w).poll();
}

void rig::turn() {
    plane_.publish();
    for (int i = 0; i < 4; ++i)
        poll_without_collecting();
    collect();
}

bool rig::offer(port_id port, unsigned queue, const bytes_of_frame& frame) {
    rte_mbuf* const m = make(port, frame);
    if (rte_ring_enqueue(rx_[port][queue], m) == 0) return true;
    rte_pktmbuf_free(m);
    return false;
}

void rig::take_sent(port_id port, unsigned queue,
                    const std::function<void(std::span<const std::byte>)>& visit) {
    void* m = nullptr;
    while (rte_ring_dequeue(tx_[port][queue], &m) == 0) {
        auto* const packet = static_cast<rte_mbuf*>(m);
        visit({rte_pktmbuf_mtod(packet, const std::byte*), packet->data_len});
        rte_pktmbuf_free(packet);
    }
}

void rig::collect() {
    for (const port_id port : {wan, lan})
        for (unsigned queue = 0; queue < settings_.queues; ++queue)
            take_sent(port, queue, [&](std::span<const std::byte> frame) {
                sent_[port].emplace_back(frame.begin(), frame.end());
            });
    take_errands();
}

void rig::take_errands() {
    void* m = nullptr;
    for (const worker_rings& rings : state().rings) {
        for (rte_ring* ring : rings.to_control) {
            // A worker may put in as fast as they are taken out.
            for (unsigned left = ring_size; left > 0 && rte_ring_dequeue(ring, &m) == 0; --left) {
                auto* const packet = static_cast<rte_mbuf*>(m);
                errands_.push_back({note_of(packet), bytes_of(packet)});
                ++handed_to_control_;
                rte_pktmbuf_free(packet);
            }
        }
    }
}

std::uint64_t rig::long_way() const {
    std::uint64_t packets = 0;
    for (unsigned w = 0; w < settings_.workers; ++w)
        packets += plane_.worker_at(w).long_way();
    return packets;
}

std::uint64_t rig::drops(drop_reason reason) const {
    std::uint64_t sum = 0;
    for (const packet_books& books : state().books)
        sum += books.dropped[static_cast<std::size_t>(reason)].get();
    return sum;
}

std::string rig::books() const {
    std::string text;
    for (const packet_books& b : state().books) {
        text += "received " + std::to_string(b.received.get()) + " sent "
                + std::to_string(b.transmitted.get());
        for (std::size_t r = 0; r < drop_reasons; ++r)
            if (b.dropped[r].get() != 0)
                text += " " + std::string(name_of(static_cast<drop_reason>(r))) + " "
                        + std::to_string(b.dropped[r].get());
        text += "; ";
    }
    return text + "to control " + std::to_string(handed_to_control_);
}

bool rig::books_balance() {
    std::uint64_t in = 0;
    std::uint64_t out = handed_to_control_;
    for (const packet_books& b : state().books) {
        in += b.received.get();
        out += b.transmitted.get() + b.heard.get();
        for (const counter& reason : b.dropped)
            out += reason.get();
    }
    return in == out;
}

} // namespace weir::test
