#include "testbed.h"

#include <atomic>
#include <stdexcept>

#include <rte_errno.h>
#include <rte_eth_ring.h>

namespace weir::bench {

namespace {

constexpr unsigned ring_size = 16384;
std::atomic<unsigned> instances{0};

rte_ring* make_ring(const std::string& name) {
    rte_ring* const ring =
        rte_ring_create(name.c_str(), ring_size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    if (ring == nullptr) throw std::runtime_error("no memory for ring " + name);
    return ring;
}

state_sizes sizes_of(const testbed_settings& settings) {
    const unsigned servers = settings.services + settings.servers + settings.spare_servers;
    return {.workers = settings.workers,
            .connections = settings.flows,
            // A reload asks for room for a second copy of every server beside the first.
            .servers = 2 * servers,
            .neighbours = servers + 16,
            .ring = ring_size,
            .name = "bench" + std::to_string(instances)};
}

} // namespace

ip_address testbed::vip(unsigned service) const {
    const auto n = static_cast<std::uint32_t>(service + 1);
    if (!settings_.v6) return ip_address::v4(be32::from_host(0xc6120000 + n)); // 198.18.0.0/16
    std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0, 1};
    bytes[14] = static_cast<std::uint8_t>(n >> 8);
    bytes[15] = static_cast<std::uint8_t>(n);
    return ip_address::v6(bytes.data());
}

ip_address testbed::server_address(unsigned server) const {
    const std::uint32_t n = server_tag(server);
    if (!settings_.v6) return ip_address::v4(be32::from_host(0xc6130000 + n)); // 198.19.0.0/16
    std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0, 2};
    bytes[14] = static_cast<std::uint8_t>(n >> 8);
    bytes[15] = static_cast<std::uint8_t>(n);
    return ip_address::v6(bytes.data());
}

testbed::testbed(const testbed_settings& settings)
    : settings_(settings), plane_(sizes_of(settings)) {
    const std::string suffix = "_" + std::to_string(instances++);
    state().packets = rte_pktmbuf_pool_create(("packets" + suffix).c_str(),
                                              settings.packets * settings.workers + 511, 256,
                                              note_size, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    if (state().packets == nullptr) throw std::runtime_error("no memory for packets");
    for (unsigned w = 0; w < settings.workers; ++w) {
        const std::string of = suffix + "_" + std::to_string(w);
        rx_.push_back(make_ring("rx" + of));
        tx_.push_back(make_ring("tx" + of));
    }
    const int device = rte_eth_from_rings(("bench" + suffix).c_str(), rx_.data(), settings.workers,
                                          tx_.data(), settings.workers, 0);
    if (device < 0) throw std::runtime_error("cannot make a port of rings");
    device_ = static_cast<std::uint16_t>(device);
    start_device();
    state().link_up[device_] = true;
    make_port();
    make_services();
    plane_.make_workers(settings.adaptive);
    plane_.drive_by_hand();
}

void testbed::start_device() {
    const auto queues = static_cast<std::uint16_t>(settings_.workers);
    const rte_eth_conf plain{};
    bool good = rte_eth_dev_configure(device_, queues, queues, &plain) == 0;
    for (std::uint16_t q = 0; q < queues; ++q) {
        good = good
               && rte_eth_rx_queue_setup(device_, q, ring_size, 0, nullptr, state().packets) == 0
               && rte_eth_tx_queue_setup(device_, q, ring_size, 0, nullptr) == 0;
    }
    if (!good || rte_eth_dev_start(device_) != 0)
        throw std::runtime_error("cannot start the port of rings");
}

testbed::~testbed() {
    plane_.stop_workers();
    rte_eth_dev_stop(device_);
    rte_eth_dev_close(device_);
    for (const auto* rings : {&rx_, &tx_})
        for (rte_ring* ring : *rings)
            free_ring(ring);
}

void testbed::make_port() {
    port_rule port;
    port.name = "bench";
    port.device = device_;
    port.mac = port_mac();
    port.mtu = 1500;
    port.twin = settings_.twin;
    const ip_address own = server_address(0xffff); // ends in 0: no server's
    port.addresses = {{own, static_cast<std::uint8_t>(settings_.v6 ? 64 : 16)}};
    plane_.add_device({device_, settings_.workers, settings_.workers});
    plane_.add_port(std::move(port));

    router_ = state().neighbours->add(0, server_address(0xfffd));
    state().neighbours->set(router_, client_mac());
    const prefix everything{settings_.v6 ? ip_address{} : ip_address::v4(be32{0}), 0};
    std::vector<route_table::item> ways{
        {everything, {.port = 0, .gateway = router_, .reachable = true}}};
    const prefix servers{server_address(0), static_cast<std::uint8_t>(settings_.v6 ? 48 : 16)};
    ways.push_back({servers, {.port = 0, .gateway = 0, .reachable = true}});
    plane_.paths().use({.pin = [this](port_id, const ip_address& a) { return pin(a); },
                        .keep_only = [](const auto&) {}});
    plane_.paths().set_routes(std::move(ways));
}

void testbed::make_services() {
    const unsigned per_service = std::max(1u, settings_.servers / settings_.services);
    unsigned next = 0;
    for (unsigned s = 0; s < settings_.services; ++s) {
        config::service service;
        service.name = "service" + std::to_string(s);
        service.listen = {{vip(s), 80, protocol::tcp}};
        service.forward = settings_.modes[s % settings_.modes.size()];
        service.scheduler = settings_.scheduler;
        service.timeout = settings_.timeout;
        for (unsigned i = 0; i < per_service; ++i) {
            config::server server;
            server.address = server_address(next++ % std::max(1u, settings_.servers));
            // ovf takes a weight for the most connections a server may have.
            if (settings_.scheduler == "ovf") server.weight = 65535;
            service.servers.push_back(server);
        }
        first_.push_back(std::move(service));
    }
    apply(first_);
}

/// A server on the link has a MAC address of its own, or all of them have the router's.
neighbour_id testbed::pin(const ip_address& server) {
    if (!settings_.own_macs) return router_;
    const auto [known, fresh] = on_link_.try_emplace(server);
    if (fresh) {
        const auto bytes = server.bytes();
        known->second = state().neighbours->add(0, server);
        state().neighbours->set(known->second, {{0x02, 0, 0, 1, bytes[14], bytes[15]}});
    }
    return known->second;
}

void testbed::apply(const std::vector<config::service>& wanted) {
    plane_.apply(wanted);
    plane_.publish();
}

} // namespace weir::bench
