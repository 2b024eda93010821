#include "director/director.h"

#include <csignal>
#include <stdexcept>

#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

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

} // namespace

director::director(const config::configuration& configuration)
    : configuration_(configuration), plane_(sizes_of(configuration.director)),
      detours_(time_, [this](const flow_key& key) { return plane_.is_flow(key); }) {
    plane_.state().packets = port::make_packet_pool(configuration_, note_size);
    ports_ = std::make_unique<port_set>(configuration_.ports, plane_);
    const std::vector<port::twin*> twins = ports_->twins();
    keeper_ = std::make_unique<linux::neighbour_keeper>(plane_.state(), loop_, plane_.bin(), twins);
    keeper_->set_static(configuration_.ports);
    plane_.paths().use(
        {.pin = [this](port_id port, const ip_address& a) { return keeper_->pin(port, a); },
         .keep_only =
             [this](const std::unordered_set<neighbour_id>& ids) { keeper_->keep_pinned(ids); }});
    plane_.apply(configuration_.services);
    plane_.paths().set_static(configuration_.ports);
    twin_addresses_ = std::make_unique<linux::twin_addresses>(twins);
    twin_addresses_->set(configuration_, [this](const ip_address& a) { return plane_.is_own(a); });
    mirror_ = std::make_unique<linux::mirror>(
        loop_, *keeper_, twins,
        [this](std::vector<route_table::item> routes) {
            plane_.paths().set_routes(std::move(routes));
        },
        [this](port_id port, std::vector<prefix> addresses) {
            plane_.set_addresses(port, std::move(addresses));
        });
    exceptions_ =
        std::make_unique<linux::exception_path>(plane_.state(), loop_, *keeper_, detours_, twins);
    make_checks();
    commands_ =
        std::make_unique<command::command_server>(loop_, *this, configuration_.director.run_dir);
    ports_->follow_links();
    plane_.publish();
    plane_.make_workers(configuration_.director.idle == config::idle_mode::adaptive);
    plane_.launch_workers();
    announcer_ = std::make_unique<announcer>(
        loop_, ports_->macs(),
        [this](port_id port, std::span<const std::byte> frame) { exceptions_->send(port, frame); });
    announcer_->announce(configuration_.services);
}

director::~director() {
    commands_.reset();
    checks_.reset();
    announcer_.reset();
    plane_.stop_workers();
    exceptions_.reset();
    mirror_.reset();
    keeper_.reset();
    ports_.reset();
    if (signals_ >= 0) close(signals_);
}

void director::run() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT})
        sigaddset(&signals, signal);
    signals_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    loop_.need(signals_, EPOLLIN, [this](std::uint32_t) { handle_signals(); });
    loop_.always([this] {
        plane_.publish();
        return false;
    });
    loop_.every(1s, [this] { every_second(); });
    loop_.every(link_interval, [this] { ports_->follow_links(); });
    loop_.every(path_mtu_lifetime, [this] { plane_.paths().forget_path_mtus(); });
    log::info("weir {} runs: {} services, {} workers, {} ports", WEIR_VERSION,
              plane_.services().services().size(), plane_.state().workers, ports_->size());
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
            log::info("reloaded {}: {} services", configuration_.file,
                      plane_.services().services().size());
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
    // Steps that may fail come first, and are undone if a later one fails.
    checks_->prepare(wanted.services);
    ports_->set_addresses_without_twin(wanted.ports);
    try {
        twin_addresses_->set(wanted, [this](const ip_address& a) { return plane_.is_own(a); });
        plane_.apply(wanted.services);
    } catch (...) {
        twin_addresses_->undo();
        ports_->set_addresses_without_twin(configuration_.ports);
        throw;
    }
    configuration_ = wanted;
    apply_checks();
    log::set_level(wanted.director.log);
    keeper_->set_static(wanted.ports);
    plane_.paths().set_static(wanted.ports);
    announcer_->announce(wanted.services);
}

void director::make_checks() {
    checks_ = std::make_unique<health::monitor>(
        loop_, detours_,
        health::monitor::listener{
            .on_change =
                [this](target_id id, const health::condition& condition) {
                    plane_.set_condition(id, condition);
                },
            .tell =
                [](health::telling what, const std::string& line) {
                    switch (what) {
                    case health::telling::up:
                        return log::info("{}", line);
                    case health::telling::down:
                        return log::warning("{}", line);
                    case health::telling::unable: // thousands of checks may say this
                        return log::limited(log::level::warning, "checks that cannot be made", "{}",
                                            line);
                    }
                }});
    checks_->prepare(configuration_.services);
    apply_checks();
}

void director::apply_checks() {
    std::vector<health::service_to_check> wanted;
    for (const auto& service : plane_.services().services()) {
        auto& w = wanted.emplace_back(health::service_to_check{&service->wanted});
        for (const plane::known_server& s : service->servers)
            w.servers.push_back({s.id, s.address, s.port, s.configured_weight, s.fresh, s.mode});
    }
    checks_->apply(wanted);
    checks_->allow_programs(configuration_.director.scripts);
}

void director::every_second() {
    plane_.tend_removed(static_cast<std::uint32_t>(configuration_.director.drain_timeout.count()));
    routes_.look();
    detours_.forget();
    log::settle();
}

} // namespace weir::director
