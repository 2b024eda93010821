#include "director/director.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "command/command_server.h"
#include "director/limit_watch.h"
#include "director/metrics_stage.h"
#include "director/shared_key.h"
#include "director/start.h"
#include "director/table_watch.h"
#include "director/watchdog.h"
#include "log/log.h"
#include "net/counted.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;

constexpr target_id server_slots = 1 << 17;
constexpr std::uint32_t neighbour_slots = 1 << 14;
constexpr unsigned ring_size = 4096;
constexpr auto longest_finish = 5s; ///< of commands for events
/// For which a director that has left passes packets to its successor: neighbours and switches have
/// heard of that one by then.
constexpr auto longest_passing_on = 200ms;

flow_hasher random_hasher() {
    flow_hasher::salt salt;
    if (getrandom(salt.data(), sizeof salt, 0) != static_cast<ssize_t>(sizeof salt))
        throw std::runtime_error("getrandom gives no random numbers");
    return flow_hasher{salt};
}

/// The key of this director: shared, or its own. Without a place to keep one, packets without an
/// entry go elsewhere after a restart; that is no reason not to start.
shared_key key_of(const config::director& configured) {
    if (!configured.key.empty()) return shared_key::read(configured.key);
    try {
        return shared_key::keep_in(configured.state_dir);
    } catch (const shared_key::cannot_keep& e) {
        log::warning("{}: each start places connections without an entry differently until "
                     "`state-dir` is a directory that weir can write",
                     e.what());
        return shared_key::random();
    }
}

state_sizes sizes_of(const config::director& configured) {
    return {.workers = static_cast<unsigned>(configured.workers.size()),
            .connections = configured.connections,
            .servers = server_slots,
            .neighbours = neighbour_slots,
            .ring = ring_size,
            .hasher = random_hasher(),
            .slot_hasher = key_of(configured).hasher("slots"),
            .kept = keeping::name_for(configured)};
}

} // namespace

director::director(const config::configuration& configuration)
    : changes_(configuration.director.state_dir), configuration_(changes_.with(configuration)),
      left_(keeping::take(configuration.director)), plane_(sizes_of(configuration.director)) {
    make_stages();
    stages_.apply(configuration_);
    open_control_socket();
}

director::~director() {
    if (signals_ >= 0) close(signals_);
}

/// Each stage needs only those above it. The workers start when the stages above them have
/// committed the first configuration.
void director::make_stages() {
    stages_.add<log_stage>();
    auto& happenings = stages_.add<events>(commands_for_events_);
    auto& ports = stages_.add<ports_stage>(configuration_, plane_, loop_, time_);
    const std::vector<port::twin*> twins = ports.twins();
    auto& keeper = stages_.add<neighbours_stage>(plane_, loop_, twins).keeper();
    stages_.add<services_stage>(plane_, loop_, changes_);
    stages_.add<twin_addresses_stage>(configuration_, plane_, twins);
    const auto& own_routes = stages_.add<twin_routes_stage>(configuration_, twins).routes();
    stages_.add<mirror_stage>(plane_, loop_, keeper, own_routes, twins);
    auto& exceptions = stages_.add<exceptions_stage>(plane_, loop_, time_, keeper, twins);
    auto& checks =
        stages_.add<checks_stage>(plane_, loop_, time_, exceptions, ports.ports(), happenings);
    auto& vrrp = stages_.add<failover>(loop_, plane_, ports.ports(), keeper, happenings,
                                       exceptions.detours());
    auto& peers = stages_.add<replication>(
        plane_, loop_, changes_, [&checks](target_id id) { checks.monitor().lift_hold(id); });
    vrrp.ask_of_peers([&peers] { return peers.is_connected(); });
    stages_.add<keeping>(plane_, std::move(left_));
    stages_.add<workers_stage>(plane_);
    stages_.add<watchdog_stage>(plane_, vrrp, time_, [] { sd_notify(0, "WATCHDOG=1"); });
    stages_.add<table_stage>(plane_, time_, happenings);
    stages_.add<limits_stage>(plane_, time_);
    routes_ = &stages_.add<routing>(plane_, loop_, twins);
    ports.ports().on_link([&happenings](const std::string& port, bool up) {
        happenings.tell(
            {"link", port, up ? "up" : "down", up ? "it has a link" : "it has no link"});
    });
    stages_.add<metrics_stage>();
    stages_.add<announcer_stage>(loop_, ports.ports(), exceptions.path(), vrrp);
    rivals_ = &stages_.add<rivals>(plane_);
    failover_ = &vrrp;
    peers_ = &peers;
    ports_ = &ports;
    checks_ = &checks;
}

void director::open_control_socket() {
    view_ = std::make_unique<view>(view::sources{
        .configuration = configuration_,
        .history = history_,
        .time = time_,
        .plane = plane_,
        .ports = ports_->ports(),
        .checks = checks_->monitor(),
        .vrrp = *failover_,
        .peers = *peers_,
        .others = *rivals_,
        .changes = changes_,
        .reload = [this] { return reload(); },
        .would_reload = [this] { return would_reload(); },
        .add_server = [this](const auto& service,
                             const auto& line) { return add_server(service, line); },
        .remove_server = [this](const auto& service,
                                const auto& server) { return remove_server(service, server); }});
    commands_ =
        std::make_unique<command::command_server>(loop_, *view_, configuration_.director.run_dir);
}

void director::run() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT})
        sigaddset(&signals, signal);
    signals_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    loop_.need(signals_, EPOLLIN, [this](std::uint32_t) { handle_signals(); });
    loop_.always([this] {
        changes_.save(); // before the answer to the command leaves
        return plane_.publish();
    });
    loop_.every(1s, [this] { stages_.tick(); });
    ports_->ports().on_lost([this](const std::string& why) {
        log::error("{}", why);
        failure_ = why;
        if (!std::exchange(leaving_, true)) leave();
    });
    log::info("weir {} runs: {}, {}, {}", WEIR_VERSION,
              counted(plane_.services().services().size(), "service"),
              counted(plane_.state().workers, "worker"), counted(plane_.ports().size(), "port"));
    sd_notify(0, "READY=1");
    loop_.run();
    sd_notify(0, "STOPPING=1");
    log::info("weir stops");
    if (!failure_.empty()) throw std::runtime_error(failure_);
}

void director::handle_signals() {
    signalfd_siginfo signal;
    while (read(signals_, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
        if (signal.ssi_signo == SIGHUP)
            reload();
        else if (std::exchange(leaving_, true))
            loop_.stop(); // the second signal
        else
            leave();
    }
}

/// Peers first have all connections there are, then routers send elsewhere, then peers have the
/// addresses, then what came meanwhile. What still comes then is passed to the successor for a
/// moment.
void director::leave() {
    const auto last = [this] { loop_.after(passing_on(), [this] { finish(); }); };
    const auto give_up = [this, last] { failover_->leave([this, last] { peers_->flush(last); }); };
    peers_->flush([this, give_up] { routes_->leave(give_up); });
}

std::chrono::milliseconds director::passing_on() const {
    return plane_.state().successions.is_under_way(rte_rdtsc()) ? longest_passing_on : 0ms;
}

/// The last events are passed on too.
void director::finish() {
    checks_->leave();
    commands_for_events_.when_idle([this] { loop_.stop(); }, longest_finish);
}

} // namespace weir::director
