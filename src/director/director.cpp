#include "director/director.h"

#include <csignal>
#include <stdexcept>

#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "command/command_server.h"
#include "config/difference.h"
#include "director/start.h"
#include "log/log.h"
#include "port/packet_pool.h"

namespace weir::director {

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
    static_cast<worker_core*>(w)->run();
    return 0;
}

} // namespace

director::director(const config::configuration& configuration)
    : configuration_(configuration), state_(sizes_of(configuration.director)),
      bin_(std::make_unique<grace_bin>(state_.grace)), services_(state_),
      detours_(time_, [this](const flow_key& key) { return is_flow(key); }) {
    make_state();
    ports_ = std::make_unique<port_set>(configuration_.ports, state_);
    const std::vector<port::twin*> twins = ports_->twins();
    const auto is_own = [this](const ip_address& a) { return ports_->is_own(a); };
    keeper_ = std::make_unique<linux::neighbour_keeper>(state_, loop_, *bin_, twins);
    keeper_->set_static(configuration_.ports);
    paths_ = std::make_unique<paths>(state_, *bin_, *keeper_, services_);
    services_.apply(configuration_.services, is_own);
    publish_rules();
    paths_->set_static(configuration_.ports);
    twin_addresses_ = std::make_unique<linux::twin_addresses>(twins);
    twin_addresses_->set(configuration_, is_own);
    mirror_ = std::make_unique<linux::mirror>(
        loop_, *keeper_, twins,
        [this](std::vector<route_table::item> routes) { paths_->set_mirrored(std::move(routes)); },
        [this](port_id port, std::vector<prefix> addresses) {
            if (ports_->set_addresses(port, std::move(addresses))) publish_rules();
        });
    exceptions_ = std::make_unique<linux::exception_path>(state_, loop_, *keeper_, detours_, twins);
    make_checks();
    commands_ =
        std::make_unique<command::command_server>(loop_, *this, configuration_.director.run_dir);
    ports_->follow_links();
    start_workers();
    announcer_ = std::make_unique<announcer>(
        loop_, ports_->macs(),
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
    ports_.reset();
    if (signals_ >= 0) close(signals_);
}

void director::make_state() {
    state_.packets = port::make_packet_pool(configuration_, note_size);
    state_.rules.replace(std::make_shared<const rule_set>(rule_set::contents{}), *bin_);
    state_.routes.replace(std::make_shared<const route_table>(), *bin_);
}

void director::start_workers() {
    const bool adaptive = configuration_.director.idle == config::idle_mode::adaptive;
    for (unsigned w = 0; w < state_.workers; ++w)
        workers_.push_back(std::make_unique<worker_core>(
            state_,
            worker_settings{.number = w, .adaptive = adaptive, .devices = ports_->wiring_of(w)}));
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
    loop_.every(link_interval, [this] { ports_->follow_links(); });
    loop_.every(path_mtu_lifetime, [this] { paths_->forget_path_mtus(); });
    log::info("weir {} runs: {} services, {} workers, {} ports", WEIR_VERSION,
              services_.services().size(), state_.workers, ports_->size());
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
    const auto is_own = [this](const ip_address& a) { return ports_->is_own(a); };
    ports_->set_addresses_without_twin(wanted.ports);
    try {
        twin_addresses_->set(wanted, is_own);
        services_.apply(wanted.services, is_own);
    } catch (...) {
        twin_addresses_->undo();
        ports_->set_addresses_without_twin(configuration_.ports);
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
        for (const plane::known_server& s : service->servers)
            w.servers.push_back({s.id, s.address, s.port, s.configured_weight, s.fresh, s.mode});
    }
    checks_->apply(wanted);
    checks_->allow_programs(configuration_.director.scripts);
}

void director::publish_rules() {
    state_.rules.replace(
        std::make_shared<const rule_set>(rule_set::contents{services_.rules(), ports_->rules()}),
        *bin_);
}

bool director::is_flow(const flow_key& key) const {
    return static_cast<bool>(state_.flows->find(key, state_.flows->hash(key), state_.clock.now()));
}

void director::every_second() {
    const std::size_t free = state_.servers->free_slots();
    services_.tend_removed(
        static_cast<std::uint32_t>(configuration_.director.drain_timeout.count()));
    if (state_.servers->free_slots() != free) paths_->update_servers();
    paths_->tell_of_routes();
    detours_.forget();
    log::settle();
}

} // namespace weir::director
