#include "sync/engine.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <sys/random.h>
#include <unistd.h>

#include "log/log.h"
#include "sync/socket.h"

namespace weir::sync {

namespace {

// Milliseconds.
constexpr int rest = 1;
constexpr std::uint64_t between_status = 20;
constexpr std::uint64_t most_gap = 2000; ///< between turns; ages are told in seconds
constexpr std::uint64_t between_listening = 1000;
constexpr unsigned timers_per_turn = 4096;

std::uint64_t milliseconds() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                          std::chrono::steady_clock::now().time_since_epoch())
                                          .count());
}

hello hello_of(const engine::surroundings& around) {
    hello h{.entries = around.flows.end_index(), .name = around.name};
    if (getrandom(h.boot.data(), h.boot.size(), 0) != static_cast<ssize_t>(h.boot.size()))
        throw std::runtime_error("getrandom gives no random numbers");
    return h;
}

} // namespace

engine::engine(const surroundings& around)
    : around_(around), self_(hello_of(around)), marks_(around.flows.end_index()) {
    around_.flows.mark_changes(&marks_);
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "weir-sync");
}

/// The marks go only after the workers, which may still set some: the caller ends them first, or
/// the table has no marks and a grace period has passed.
engine::~engine() {
    stop_ = true;
    thread_.join();
    around_.flows.mark_changes(nullptr);
    const std::uint64_t token = around_.grace.begin();
    while (!around_.grace.is_over(token))
        std::this_thread::yield();
    for (const listener& l : listeners_)
        if (l.fd >= 0) close(l.fd);
}

void engine::set_peers(std::vector<peer_settings> peers) {
    const std::lock_guard guard(lock_);
    wanted_ = std::move(peers);
    orders_ = true;
}

void engine::set_names(std::shared_ptr<const name_map> names) {
    const std::lock_guard guard(lock_);
    names_ = std::move(names);
}

void engine::set_settings(settings all) {
    const std::lock_guard guard(lock_);
    settings_ = std::move(all);
}

std::vector<setting> engine::take_settings() {
    const std::lock_guard guard(lock_);
    return std::exchange(heard_, {});
}

std::vector<peer_status> engine::status() const {
    const std::lock_guard guard(lock_);
    return status_;
}

void engine::flush() {
    const std::lock_guard guard(lock_);
    flush_since_ = milliseconds();
    flushed_ = false;
}

bool engine::flushed() const {
    const std::lock_guard guard(lock_);
    return flushed_;
}

void engine::run() noexcept {
    sigset_t pipe; // a peer that is gone is no signal: OpenSSL writes as to a file
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    try {
        turns();
    } catch (const std::exception& e) {
        log::error("connection sync ends: {}", e.what());
    }
    around_.grace.go_offline(around_.reader);
}

void engine::turns() {
    std::vector<pollfd> events;
    while (!stop_.load(std::memory_order_relaxed)) {
        const std::uint64_t now = milliseconds();
        const std::uint32_t seconds = around_.seconds(around_.clock);
        take_orders();
        bool names_are_new = false;
        bool leaving = false;
        settings set_now;
        {
            const std::lock_guard guard(lock_);
            set_now = settings_;
            names_are_new = names_ != names_in_use_;
            if (names_are_new) names_in_use_ = names_;
            leaving = flush_since_ != 0;
        }
        look_at_stops(now);
        listen(now);
        accept(now);
        around_.grace.go_online(around_.reader);
        bool more = false;
        for (const auto& l : links_)
            more |= l->turn({now, seconds, *names_in_use_, names_are_new, leaving, set_now});
        look_after_copies(seconds);
        around_.grace.go_offline(around_.reader);
        publish(now);
        events.clear();
        for (const auto& l : links_)
            l->add_events(events);
        for (const listener& l : listeners_)
            if (l.fd >= 0) events.push_back({l.fd, POLLIN, 0});
        poll(events.data(), events.size(), more ? 0 : rest);
    }
}

void engine::take_orders() {
    std::vector<peer_settings> wanted;
    {
        const std::lock_guard guard(lock_);
        if (!std::exchange(orders_, false)) return;
        wanted = wanted_;
    }
    std::erase_if(links_, [&](const auto& l) {
        return std::find(wanted.begin(), wanted.end(), l->settings()) == wanted.end();
    });
    for (const peer_settings& p : wanted) {
        if (std::any_of(links_.begin(), links_.end(),
                        [&](const auto& l) { return l->settings() == p; }))
            continue;
        links_.push_back(std::make_unique<link>(p, self_, around_.flows, around_.servers,
                                                around_.owner, marks_, free_reader()));
    }
    std::erase_if(listeners_, [&](const listener& l) {
        const bool needed = std::any_of(wanted.begin(), wanted.end(), [&](const peer_settings& p) {
            return p.source == l.address && p.port == l.port;
        });
        if (!needed && l.fd >= 0) close(l.fd);
        return !needed;
    });
    for (const peer_settings& p : wanted)
        if (std::none_of(listeners_.begin(), listeners_.end(), [&](const listener& l) {
                return p.source == l.address && p.port == l.port;
            }))
            listeners_.push_back({p.source, p.port});
    listen_at_ = 0;
}

unsigned engine::free_reader() const {
    unsigned reader = 0;
    while (std::any_of(links_.begin(), links_.end(),
                       [&](const auto& l) { return l->reader() == reader; }))
        ++reader;
    return reader;
}

void engine::listen(std::uint64_t now) {
    if (now < listen_at_) return;
    listen_at_ = now + between_listening;
    for (listener& l : listeners_) {
        if (l.fd >= 0) continue;
        std::string wrong;
        l.fd = listen_at(l.address, l.port, wrong);
        if (l.fd < 0 && !std::exchange(l.complained, true))
            log::warning("peers cannot connect to {}: {}", to_string(l.address, l.port), wrong);
    }
}

void engine::accept(std::uint64_t now) {
    for (const listener& l : listeners_) {
        if (l.fd < 0) continue;
        ip_address from;
        for (int fd = accept_from(l.fd, from); fd >= 0; fd = accept_from(l.fd, from)) {
            const auto its = std::find_if(links_.begin(), links_.end(), [&](const auto& each) {
                return each->settings().address == from && each->settings().port == l.port;
            });
            if (its != links_.end()) {
                (*its)->accept(fd, now);
                continue;
            }
            close(fd);
            log::once_a_minute(log::level::warning, "sync strangers",
                               "a connection to port {} from {}, which is no peer's address",
                               l.port, to_string(from));
        }
    }
}

void engine::look_after_copies(std::uint32_t seconds) {
    around_.flows.expire(
        around_.owner, seconds, timers_per_turn,
        [this](flow_entry& entry, flow_state last) {
            if (entry.is_template())
                around_.servers.template_closed(entry.target);
            else
                around_.servers.closed(entry.target, is_active(last));
        },
        [this](flow_entry& entry) {
            // Packets come here: from now on it lives as long as a flow of ours.
            if (entry.is_template()) return;
            flow_state state = entry.state.load(std::memory_order_relaxed);
            for (;;) {
                if (state == flow_state::dead) return;
                const std::uint16_t own = around_.servers.timeouts(entry.target)[state];
                entry.timeout.store(own, std::memory_order_relaxed);
                // A worker that moved it meanwhile has another timeout in mind.
                const flow_state after = entry.state.load(std::memory_order_seq_cst);
                if (after == std::exchange(state, after)) return;
            }
        });
    around_.flows.recycle(around_.owner);
}

/// What lies in the sockets now may have been said long ago. Records tell ages: after a long stop
/// they are wrong, so all begins anew.
void engine::look_at_stops(std::uint64_t now) {
    if (const std::uint64_t last = std::exchange(turned_at_, now);
        last != 0 && now - last >= most_gap)
        for (const auto& l : links_)
            l->restart(now);
    if (around_.stops == nullptr) return;
    const std::uint32_t stops = around_.stops(around_.step);
    if (stops == std::exchange(stops_, stops)) return;
    for (const auto& l : links_)
        l->doubt();
}

/// A peer that is not connected holds nothing up, as long as another is.
void engine::say_whether_in_step(const std::vector<peer_status>& all) const {
    if (around_.say_in_step == nullptr) return;
    const auto tells = [](const peer_status& p) { return p.tells; };
    const bool in_step = all.empty()
                         || (std::any_of(all.begin(), all.end(), tells)
                             && std::all_of(all.begin(), all.end(), [](const peer_status& p) {
                                    return !p.tells || p.gave_all;
                                }));
    around_.say_in_step(around_.step, in_step, stops_);
}

void engine::publish(std::uint64_t now) {
    if (now - published_at_ < between_status) return;
    published_at_ = now;
    std::vector<peer_status> all;
    for (const auto& l : links_)
        all.push_back(l->status(now));
    say_whether_in_step(all);
    const std::lock_guard guard(lock_);
    status_ = std::move(all);
    for (const auto& l : links_)
        l->hand_over_settings(heard_);
    flushed_ = flush_since_ != 0 && std::all_of(links_.begin(), links_.end(), [&](const auto& l) {
                   return l->has_all_since(flush_since_);
               });
}

} // namespace weir::sync
