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
            // A reload asks for room to have every server anew beside the ones before.
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
    : settings_(settings), state_(sizes_of(settings)),
      bin_(std::make_unique<grace_bin>(state_.grace)) {
    const std::string suffix = "_" + std::to_string(instances++);
    state_.packets = rte_pktmbuf_pool_create(("packets" + suffix).c_str(),
                                             settings.packets * settings.workers + 511, 256,
                                             note_size, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    if (state_.packets == nullptr) throw std::runtime_error("no memory for packets");
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
    state_.link_up[device_] = true;
    make_services();

    for (unsigned w = 0; w < settings.workers; ++w) {
        const device_wiring wiring{.device = device_,
                                   .rx_queue = static_cast<int>(w),
                                   .tx_queue = static_cast<int>(w),
                                   .tx_worker = w,
                                   .spread = false};
        workers_.push_back(std::make_unique<worker_core>(
            state_,
            worker_settings{.number = w, .adaptive = settings.adaptive, .devices = {wiring}}));
        workers_.back()->go_online();
    }
}

void testbed::start_device() {
    const auto queues = static_cast<std::uint16_t>(settings_.workers);
    const rte_eth_conf plain{};
    bool good = rte_eth_dev_configure(device_, queues, queues, &plain) == 0;
    for (std::uint16_t q = 0; q < queues; ++q) {
        good = good
               && rte_eth_rx_queue_setup(device_, q, ring_size, 0, nullptr, state_.packets) == 0
               && rte_eth_tx_queue_setup(device_, q, ring_size, 0, nullptr) == 0;
    }
    if (!good || rte_eth_dev_start(device_) != 0)
        throw std::runtime_error("cannot start the port of rings");
}

testbed::~testbed() {
    for (auto& w : workers_)
        w->go_offline();
    workers_.clear();
    rte_eth_dev_stop(device_);
    rte_eth_dev_close(device_);
    for (const auto* rings : {&rx_, &tx_})
        for (rte_ring* ring : *rings)
            free_ring(ring);
}

void testbed::make_services() {
    router_ = state_.neighbours->add(0, server_address(0xfffd));
    state_.neighbours->set(router_, client_mac());
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
    const prefix everything{settings_.v6 ? ip_address{} : ip_address::v4(be32{0}), 0};
    const route_table::item way{everything, {.port = 0, .gateway = router_, .reachable = true}};
    state_.routes.replace(std::make_shared<const route_table>(std::span{&way, 1}), *bin_);
    apply(first_);
}

neighbour_id testbed::hop_to(const ip_address& server) {
    if (!settings_.own_macs) return router_;
    const auto [known, fresh] = on_link_.try_emplace(server);
    if (fresh) {
        const auto bytes = server.bytes();
        known->second = state_.neighbours->add(0, server);
        state_.neighbours->set(known->second, {{0x02, 0, 0, 1, bytes[14], bytes[15]}});
    }
    return known->second;
}

void testbed::apply(const std::vector<config::service>& wanted) {
    services_.apply(wanted, [](const ip_address&) { return false; });
    for (const auto& service : services_.services())
        for (const plane::known_server& server : service->servers) {
            flow_target& target = state_.servers->target(server.id);
            if (target.hop == 0) target.hop = hop_to(server.address);
        }
    publish();
}

void testbed::publish() {
    rule_set::contents contents;
    contents.services = services_.rules();
    port_rule port;
    port.name = "bench";
    port.device = device_;
    port.mac = port_mac();
    port.mtu = 1500;
    port.twin = settings_.twin;
    const ip_address own = server_address(0xfffe);
    (settings_.v6 ? port.v6 : port.v4) = own;
    port.addresses = {{own, static_cast<std::uint8_t>(settings_.v6 ? 64 : 16)}};
    contents.ports = {port};
    state_.rules.replace(std::make_shared<const rule_set>(std::move(contents)), *bin_);
}

} // namespace weir::bench
