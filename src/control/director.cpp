#include "control/director.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <stdexcept>

#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "config/bounds.h"
#include "config/difference.h"
#include "control/command_server.h"
#include "control/log.h"
#include "control/start.h"
#include "port/packet_pool.h"

namespace weir::control {

namespace {

using namespace std::chrono_literals;

constexpr target_id server_slots = 1 << 17;
constexpr std::uint32_t neighbour_slots = 1 << 14;
constexpr unsigned ring_size = 4096;
constexpr auto path_mtu_lifetime = 10min;
constexpr auto link_interval = 200ms;

flow_hasher random_hasher() {
    flow_hasher::salt salt;
    if (getrandom(salt.data(), sizeof salt, 0) != static_cast<ssize_t>(sizeof salt))
        throw std::runtime_error("getrandom gives no random numbers");
    return flow_hasher{salt};
}

state_sizes sizes_of(const config::director& configured) {
    return {.workers = static_cast<unsigned>(configured.workers.size()),
            .connections = configured.connections,
            .servers = server_slots,
            .neighbours = neighbour_slots,
            .ring = ring_size,
            .hasher = random_hasher()};
}

int run_worker(void* w) {
    static_cast<worker*>(w)->run();
    return 0;
}

} // namespace

director::director(const config::configuration& configuration)
    : configuration_(configuration), state_(sizes_of(configuration.director)),
      bin_(std::make_unique<grace_bin>(state_.grace)), services_(state_),
      detours_([this](const flow_key& key) { return is_flow(key); }) {
    make_state();
    open_ports();
    keeper_ = std::make_unique<neighbour_keeper>(state_, loop_, *bin_, twins());
    keeper_->set_static(configuration_.ports);
    paths_ = std::make_unique<paths>(state_, *bin_, *keeper_, services_);
    services_.apply(configuration_.services, [this](const ip_address& a) { return is_own(a); });
    publish_rules();
    paths_->set_static(configuration_.ports);
    twin_addresses_ = std::make_unique<twin_addresses>(twins());
    twin_addresses_->set(configuration_, [this](const ip_address& a) { return is_own(a); });
    mirror_ = std::make_unique<mirror>(
        loop_, *keeper_, twins(),
        [this](std::vector<route_table::item> routes) { paths_->set_mirrored(std::move(routes)); },
        [this](port_id port, std::vector<prefix> addresses) {
            addresses_changed(port, std::move(addresses));
        });
    exceptions_ = std::make_unique<exception_path>(state_, loop_, *keeper_, detours_, twins());
    make_checks();
    commands_ = std::make_unique<command_server>(loop_, *this, configuration_.director.run_dir);
    follow_links();
    start_workers();
    announcer_ = std::make_unique<announcer>(
        loop_, macs(),
        [this](port_id port, std::span<const std::byte> frame) { exceptions_->send(port, frame); });
    announcer_->announce(configuration_.services);
}

director::~director() {
    commands_.reset();
    checks_.reset();
    announcer_.reset();
    stop_workers();
    exceptions_.reset();
    mirror_.reset();
    keeper_.reset();
    twins_.clear();
    devices_.clear();
    if (signals_ >= 0) close(signals_);
}

void director::make_state() {
    rte_rcu_qsbr_thread_register(state_.grace, state_.control_reader());
    state_.packets = port::make_packet_pool(configuration_, note_size);
    state_.rules.replace(std::make_shared<const rule_set>(rule_set::contents{}), *bin_);
    state_.routes.replace(std::make_shared<const route_table>(), *bin_);
}

void director::open_ports() {
    const auto warn = [](const std::string& text) { log::warning("{}", text); };
    std::map<std::string, port::device*> opened;    // ports on one device differ by VLAN
    static_assert(config::most_ports == max_ports); // arrays by port_id have so many places
    for (const config::port& wanted : configuration_.ports) {
        port::device*& device = opened[wanted.device];
        if (device == nullptr) {
            devices_.push_back(std::make_unique<port::device>(
                port::together(configuration_.ports, wanted),
                static_cast<unsigned>(devices_.size()), state_.workers, state_.packets, warn));
            device = devices_.back().get();
        }
        device_of_port_.push_back(device);
        port_rule rule;
        rule.name = wanted.name;
        rule.device = device->id();
        rule.vlan = wanted.vlan;
        rule.mtu = wanted.mtu;
        rule.mac = device->mac();
        rule.twin = wanted.twin.has_value();
        ports_.push_back(rule);
        twins_.push_back(wanted.twin
                             ? std::make_unique<port::twin>(*wanted.twin, device->mac(), wanted.mtu)
                             : nullptr);
        addresses_changed(static_cast<port_id>(ports_.size() - 1), wanted.addresses);
    }
}

std::vector<port::twin*> director::twins() const {
    std::vector<port::twin*> all;
    for (const auto& twin : twins_)
        all.push_back(twin.get());
    return all;
}

std::vector<mac_address> director::macs() const {
    std::vector<mac_address> all;
    for (const port_rule& port : ports_)
        all.push_back(port.mac);
    return all;
}

void director::start_workers() {
    for (unsigned w = 0; w < state_.workers; ++w) {
        worker_settings settings{.number = w,
                                 .adaptive =
                                     configuration_.director.idle == config::idle_mode::adaptive,
                                 .devices = {}};
        const auto queue_of = [w](unsigned queues) {
            return w < queues ? static_cast<int>(w) : -1;
        };
        for (const auto& device : devices_)
            settings.devices.push_back({.device = device->id(),
                                        .rx_queue = queue_of(device->rx_queues()),
                                        .tx_queue = queue_of(device->tx_queues()),
                                        .tx_worker = w % device->tx_queues(),
                                        .spread = device->rx_queues() < state_.workers});
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
    bin_->poll();
}

void director::run() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT})
        sigaddset(&signals, signal);
    signals_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    loop_.need(signals_, EPOLLIN, [this](std::uint32_t) { handle_signals(); });
    loop_.always([this] {
        bin_->poll();
        return false;
    });
    loop_.every(1s, [this] { every_second(); });
    loop_.every(link_interval, [this] { follow_links(); });
    loop_.every(path_mtu_lifetime, [this] { paths_->forget_path_mtus(); });
    log::info("weir {} runs: {} services, {} workers, {} ports", WEIR_VERSION,
              services_.services().size(), state_.workers, ports_.size());
    sd_notify(0, "READY=1");
    loop_.run();
    sd_notify(0, "STOPPING=1");
    log::info("weir stops");
}

void director::handle_signals() {
    signalfd_siginfo signal;
    while (read(signals_, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
        if (signal.ssi_signo == SIGHUP)
            reload();
        else
            loop_.stop();
    }
}

std::vector<config::problem> director::reload() {
    config::load_result loaded = load_configuration(configuration_.file);
    std::vector<config::problem> problems = std::move(loaded.problems);
    if (problems.empty()) problems = config::needs_restart(configuration_, *loaded.configuration);
    if (problems.empty()) {
        try {
            apply(*loaded.configuration);
            ++reloads_;
            loaded_ = std::chrono::system_clock::now();
            last_error_.clear();
            log::info("reloaded {}: {} services", configuration_.file, services_.services().size());
            return {};
        } catch (const std::exception& e) {
            problems.emplace_back(config::place{configuration_.file, 0}, e.what());
        }
    }
    for (const config::problem& problem : problems)
        log::error("{}", to_string(problem));
    log::error("{} is not applied; nothing has changed", configuration_.file);
    last_error_ = to_string(problems.front());
    return problems;
}

void director::apply(const config::configuration& wanted) {
    // What may fail comes first, and is taken back when something after it does.
    checks_->prepare(wanted.services);
    const auto is_own_address = [this](const ip_address& a) { return is_own(a); };
    set_addresses_without_twin(wanted);
    try {
        twin_addresses_->set(wanted, is_own_address);
        services_.apply(wanted.services, is_own_address);
    } catch (...) {
        twin_addresses_->undo();
        set_addresses_without_twin(configuration_);
        throw;
    }
    configuration_ = wanted;
    apply_checks();
    log::set_level(wanted.director.log);
    paths_->update_servers(); // new servers have a way before the first packet goes there
    publish_rules();
    keeper_->set_static(wanted.ports);
    paths_->set_static(wanted.ports);
    announcer_->announce(wanted.services);
}

void director::make_checks() {
    checks_ = std::make_unique<health::monitor>(
        loop_, detours_,
        health::monitor::listener{
            .on_change =
                [this](target_id id, const health::condition& condition) {
                    if (!services_.set_condition(id, condition) || refresh_due_) return;
                    refresh_due_ = true; // all that changes in this turn, at once
                    loop_.after(0s, [this] {
                        refresh_due_ = false;
                        services_.refresh_rules();
                        publish_rules();
                    });
                },
            .tell =
                [](health::telling what, const std::string& line) {
                    switch (what) {
                    case health::telling::up:
                        return log::info("{}", line);
                    case health::telling::down:
                        return log::warning("{}", line);
                    case health::telling::unable: // it may be said of thousands
                        return log::limited(log::level::warning, "checks that cannot be made", "{}",
                                            line);
                    }
                }});
    checks_->prepare(configuration_.services);
    apply_checks();
}

void director::apply_checks() {
    std::vector<health::service_to_check> wanted;
    for (const auto& service : services_.services()) {
        auto& w = wanted.emplace_back(health::service_to_check{&service->wanted});
        for (const known_server& s : service->servers)
            w.servers.push_back({s.id, s.address, s.port, s.configured_weight, s.fresh, s.mode});
    }
    checks_->apply(wanted);
    checks_->allow_programs(configuration_.director.scripts);
}

void director::publish_rules() {
    state_.rules.replace(
        std::make_shared<const rule_set>(rule_set::contents{services_.rules(), ports_}), *bin_);
}

bool director::is_own(const ip_address& address) const {
    return std::any_of(ports_.begin(), ports_.end(), [&](const port_rule& port) {
        return std::any_of(port.addresses.begin(), port.addresses.end(),
                           [&](const prefix& p) { return p.address == address; });
    });
}

bool director::is_flow(const flow_key& key) const {
    return static_cast<bool>(state_.flows->find(key, state_.flows->hash(key), state_.clock.now()));
}

void director::addresses_changed(port_id port, std::vector<prefix> addresses) {
    port_rule& rule = ports_[port];
    rule.v4 = rule.v6 = {};
    for (const prefix& p : addresses) {
        ip_address& first = p.address.is_v4() ? rule.v4 : rule.v6;
        if (first.is_none()) first = p.address;
    }
    if (rule.addresses == addresses) return;
    rule.addresses = std::move(addresses);
    if (exceptions_) publish_rules(); // at start, everything is published once all is there
}

/// Those with one have what Linux says (mirror.h).
void director::set_addresses_without_twin(const config::configuration& wanted) {
    for (std::size_t port = 0; port < ports_.size(); ++port)
        if (!twins_[port])
            addresses_changed(static_cast<port_id>(port), wanted.ports[port].addresses);
}

/// Devices are looked at, and all ports on one that has changed are told.
void director::follow_links() {
    const bool first_look = workers_.empty();
    for (const auto& device : devices_) {
        const bool up = device->link_is_up();
        const bool before = state_.link_up[device->id()].exchange(up);
        if (up == before && !first_look) continue;
        for (std::size_t port = 0; port < ports_.size(); ++port) {
            if (device_of_port_[port] != device.get()) continue;
            if (!first_look)
                log::warning("port {}: link is {}", ports_[port].name, up ? "up" : "down");
            if (twins_[port]) twins_[port]->set_carrier(up);
        }
    }
}

void director::every_second() {
    const std::size_t free = state_.servers->free_slots();
    services_.tend_removed(
        static_cast<std::uint32_t>(configuration_.director.drain_timeout.count()));
    if (state_.servers->free_slots() != free) paths_->update_servers();
    detours_.forget(std::chrono::steady_clock::now());
    log::settle();
}

} // namespace weir::control
