#include "control/director.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <set>
#include <stdexcept>

#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "config/difference.h"
#include "control/log.h"
#include "net/answer.h"

namespace weir::control {

namespace {

using namespace std::chrono_literals;

constexpr target_id server_slots = 1 << 17;
constexpr std::uint32_t neighbour_slots = 1 << 14;
constexpr unsigned inbox_size = 4096;
constexpr unsigned outbox_size = 4096;
constexpr unsigned to_control_size = 4096;
constexpr auto path_mtu_lifetime = 10min;

rte_ring* make_ring(const char* what, unsigned worker, unsigned size, unsigned flags) {
    const std::string name = std::string(what) + std::to_string(worker);
    rte_ring* const ring = rte_ring_create(name.c_str(), size, SOCKET_ID_ANY, flags);
    if (ring == nullptr) throw std::runtime_error("no memory for the rings between cores");
    return ring;
}

void free_packets(rte_ring* ring, packet_books& books) {
    void* m = nullptr;
    while (ring != nullptr && rte_ring_dequeue(ring, &m) == 0) {
        auto* const packet = static_cast<rte_mbuf*>(m);
        if (note_of(packet).origin == packet_origin::received) books.drop(drop_reason::ring_full);
        rte_pktmbuf_free(packet);
    }
    rte_ring_free(ring);
}

flow_hasher random_hasher() {
    flow_hasher::salt salt;
    if (getrandom(salt.data(), sizeof salt, 0) != static_cast<ssize_t>(sizeof salt))
        throw std::runtime_error("getrandom gives no random numbers");
    return flow_hasher{salt};
}

int run_worker(void* w) {
    static_cast<worker*>(w)->run();
    return 0;
}

} // namespace

config::load_result load_configuration(const std::string& file);

director::director(const config::configuration& configuration)
    : configuration_(configuration), grace_memory_(nullptr, [](std::byte* p) { std::free(p); }),
      bin_([this] {
          state_.workers = static_cast<unsigned>(configuration_.director.workers.size());
          const std::size_t size = rte_rcu_qsbr_get_memsize(state_.workers + 1);
          const std::size_t line = 64;
          grace_memory_.reset(static_cast<std::byte*>(
              std::aligned_alloc(line, (size + line - 1) / line * line)));
          state_.grace = reinterpret_cast<rte_rcu_qsbr*>(grace_memory_.get());
          rte_rcu_qsbr_init(state_.grace, state_.workers + 1);
          return state_.grace;
      }()),
      services_(state_) {
    log::set_level(configuration_.director.log);
    make_state();
    open_ports();
    keeper_ = std::make_unique<neighbour_keeper>(state_, loop_, bin_, twins_of_ports());
    keeper_->set_static(configuration_.ports);
    paths_ = std::make_unique<paths>(state_, bin_, *keeper_, services_);
    services_.apply(configuration_.services, [this](const ip_address& a) { return is_own(a); });
    publish_rules();
    paths_->set_static(configuration_.ports);
    give_twins_their_addresses();
    mirror_ = std::make_unique<mirror>(
        loop_, *keeper_, twins_of_ports(),
        [this](std::vector<route_table::item> routes) { paths_->set_mirrored(std::move(routes)); },
        [this](port_id port, std::vector<prefix> addresses) {
            addresses_changed(port, std::move(addresses));
        });
    exceptions_ = std::make_unique<exception_path>(state_, loop_, *keeper_, twins_of_ports());
    commands_ = std::make_unique<command_server>(loop_, *this, state_, configuration_.director.run_dir);
    start_workers();
    announce_vips();
}

director::~director() {
    sd_notify(0, "STOPPING=1");
    commands_.reset();
    stop_workers();
    exceptions_.reset();
    mirror_.reset();
    keeper_.reset();
    for (worker_rings& rings : state_.rings) {
        free_packets(rings.inbox, state_.books.back());
        free_packets(rings.outbox, state_.books.back());
        free_packets(rings.to_control, state_.books.back());
    }
    twins_.clear();
    devices_.clear();
    if (signals_ >= 0) close(signals_);
}

void director::make_state() {
    const config::director& wanted = configuration_.director;
    state_.books = std::vector<packet_books>(state_.workers + 1);
    state_.times = std::vector<worker_time>(state_.workers);
    state_.servers = std::make_unique<server_store>(server_slots, state_.workers);
    state_.neighbours = std::make_unique<neighbour_table>(neighbour_slots);
    state_.flows = std::make_unique<flow_table>(
        flow_table::settings{.capacity = wanted.connections,
                             .workers = state_.workers,
                             .grace = state_.grace,
                             .targets = state_.servers->targets(),
                             .hasher = random_hasher(),
                             .now = state_.clock.now()});
    state_.rules.replace(std::make_shared<const rule_set>(rule_set::contents{}), bin_);
    state_.routes.replace(std::make_shared<const route_table>(), bin_);
    for (unsigned w = 0; w < state_.workers; ++w)
        state_.rings.push_back({make_ring("inbox", w, inbox_size, RING_F_SC_DEQ),
                                make_ring("outbox", w, outbox_size, RING_F_SC_DEQ),
                                make_ring("to_control", w, to_control_size,
                                          RING_F_SP_ENQ | RING_F_SC_DEQ)});
}

void director::start_workers() {
    for (unsigned w = 0; w < state_.workers; ++w) {
        worker_settings settings{.number = w,
                                 .adaptive = configuration_.director.idle
                                             == config::idle_mode::adaptive,
                                 .devices = {}};
        for (const auto& device : devices_) {
            const auto queue_of = [w](unsigned queues) {
                return w < queues ? static_cast<int>(w) : -1;
            };
            settings.devices.push_back({.device = device->id(),
                                        .rx_queue = queue_of(device->rx_queues()),
                                        .tx_queue = queue_of(device->tx_queues()),
                                        .tx_worker = w % device->tx_queues(),
                                        .spread = device->rx_queues() < state_.workers});
        }
        workers_.push_back(std::make_unique<worker>(state_, settings));
    }
    for (unsigned w = 0; w < state_.workers; ++w)
        if (rte_eal_remote_launch(run_worker, workers_[w].get(), w + 1) != 0)
            throw std::runtime_error("cannot start worker " + std::to_string(w));
}

void director::stop_workers() {
    state_.stop = true;
    rte_eal_mp_wait_lcore();
    workers_.clear();
    bin_.poll();
}

void director::run() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signals_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    loop_.add(signals_, EPOLLIN, [this](std::uint32_t) { handle_signal(); });
    loop_.always([this] {
        bin_.poll();
        return false;
    });
    loop_.every(1s, [this] { every_second(); });
    loop_.every(path_mtu_lifetime, [this] { paths_->forget_path_mtus(); });
    log::info("weir {} runs: {} services, {} workers", WEIR_VERSION, services_.services().size(),
              state_.workers);
    sd_notify(0, "READY=1");
    loop_.run();
    log::info("stopped");
}

void director::handle_signal() {
    signalfd_siginfo signal;
    while (read(signals_, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
        if (signal.ssi_signo == SIGHUP)
            reload();
        else
            loop_.stop();
    }
}

std::vector<config::problem> director::reload() {
    sd_notify(0, "RELOADING=1");
    config::load_result loaded = load_configuration(configuration_.file);
    std::vector<config::problem> problems = loaded.problems;
    if (problems.empty()) problems = config::needs_restart(configuration_, *loaded.configuration);
    if (problems.empty()) {
        try {
            apply(*loaded.configuration);
        } catch (const std::exception& e) {
            problems.push_back({{configuration_.file, 0}, e.what()});
        }
    }
    for (const config::problem& problem : problems) log::error("{}", to_string(problem));
    if (problems.empty())
        log::info("reloaded {}: {} services", configuration_.file, services_.services().size());
    else
        log::error("{} not applied: nothing has changed", configuration_.file);
    sd_notify(0, "READY=1");
    return problems;
}

void director::apply(const config::configuration& wanted) {
    services_.apply(wanted.services, [this](const ip_address& a) { return is_own(a); });
    configuration_ = wanted;
    log::set_level(wanted.director.log);
    paths_->update_servers(); // new servers have a way before the first packet goes there
    publish_rules();
    keeper_->set_static(wanted.ports);
    paths_->set_static(wanted.ports);
    give_twins_their_addresses();
    announce_vips();
}

void director::publish_rules() {
    state_.rules.replace(
        std::make_shared<const rule_set>(rule_set::contents{services_.rules(), ports_}), bin_);
}

bool director::is_own(const ip_address& address) const {
    const auto has = [&](const std::vector<prefix>& addresses) {
        return std::any_of(addresses.begin(), addresses.end(),
                           [&](const prefix& p) { return p.address == address; });
    };
    return std::any_of(configuration_.ports.begin(), configuration_.ports.end(),
                       [&](const config::port& port) { return has(port.addresses); });
}

void director::every_second() {
    services_.tend_removed(
        static_cast<std::uint32_t>(configuration_.director.drain_timeout.count()));
}

} // namespace weir::control
