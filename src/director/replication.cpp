#include "director/replication.h"

#include "director/shared_key.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "log/log.h"

namespace weir::director {

namespace {

using namespace std::chrono_literals;

constexpr auto most_flush = 1s;
constexpr auto flush_interval = 5ms;
constexpr auto settings_interval = 20ms;

} // namespace

void replication::prepare(const config::configuration& wanted) {
    std::vector<sync::peer_settings> peers;
    for (const config::peer& p : wanted.peers) {
        const std::string& file = p.key.empty() ? wanted.director.key : p.key;
        peers.push_back({.name = p.name,
                         .address = p.address,
                         .port = p.port,
                         .source = p.source,
                         .key = shared_key::read(file).secret("sync")});
    }
    prepared_ = std::move(peers);
}

void replication::commit(const config::configuration& now) {
    std::vector<ip_address> peers;
    for (const sync::peer_settings& p : prepared_)
        peers.push_back(p.address);
    plane_.set_peers(std::move(peers));
    if (!engine_ && !prepared_.empty()) {
        director_state& state = plane_.state();
        state.step.set(false, 0); // until the sync thread says otherwise
        engine_ = std::make_unique<sync::engine>(sync::engine::surroundings{
            .flows = *state.flows,
            .servers = *state.servers,
            .grace = state.grace,
            .owner = state.adopter(),
            .reader = state.sync_reader(),
            .name = now.director.name,
            .seconds =
                [](const void* clock) { return static_cast<const coarse_clock*>(clock)->now(); },
            .clock = &state.clock,
            .stops =
                [](const void* step) { return static_cast<const ha::agreement*>(step)->stops(); },
            .say_in_step =
                [](void* step, bool is, std::uint32_t stops) {
                    static_cast<ha::agreement*>(step)->set(is, stops);
                },
            .step = &state.step});
        settings_timer_ = loop_.every(settings_interval, [this] { exchange_settings(); });
    }
    if (!engine_) return;
    name_servers();
    engine_->set_peers(prepared_);
}

/// A removed server has a name as long as it has connections. It is named no more for a minute
/// before its slot is given to another (rest_before_reuse in plane/running_services.cpp), and the
/// sync thread looks at the newest names in each of its turns: none of its turns can take the slot
/// for the server that had it.
void replication::tick() {
    if (engine_ && had_removed_) name_servers();
}

void replication::name_servers() {
    std::vector<sync::name_map::item> items;
    had_removed_ = false;
    const auto add = [&](const plane::known_service& service, const plane::known_server& server) {
        const bool removed = server.removed_at != 0;
        had_removed_ |= removed;
        if (removed && server.empty_since != 0) return;
        const sync::target_name name{service.wanted.listen.front(), server.address, server.port,
                                     server.forward};
        if (slots_.size() <= server.id) slots_.resize(server.id + 1);
        named& slot = slots_[server.id];
        if (slot.serial == 0 || slot.name != name) slot = {name, slot.serial + 1};
        items.push_back({server.id, name, slot.serial, !removed});
    };
    plane_.services().for_each_server_of(add);
    names_ = std::make_shared<const sync::name_map>(items);
    engine_->set_names(names_);
}

void replication::exchange_settings() {
    for (const sync::setting& s : engine_->take_settings())
        take(s);
    tell_settings();
}

/// A server that this file lacks is left out: the peer tells again after a reload.
void replication::take(const sync::setting& s) {
    const sync::name_map::item* const its = names_->find(s.server);
    if (its == nullptr) return;
    const auto [service, server] = plane_.services().at(its->id);
    if (server == nullptr || s.at <= server->set_at) return;
    const server_load& load = plane_.state().servers->load(server->id);
    const bool was_disabled = load.is(server_load::disabled);
    const std::int32_t before = server->base_weight;
    const bool of_the_file = s.weight == sync::setting::of_the_file;
    plane_.take_setting(*service, *server,
                        of_the_file ? std::nullopt
                                    : std::optional(static_cast<std::int32_t>(s.weight)),
                        s.disabled, s.at);
    const moment when{std::chrono::milliseconds(s.at)};
    changes_.note_weight(service->wanted, *server, when);
    changes_.note_disabled(service->wanted, *server, s.disabled, when);
    if (was_disabled && !s.disabled) enabled_(server->id);
    const std::string name = to_string(server->address);
    if (before != server->base_weight)
        log::info("service {}: {} has weight {} now, as set at a peer", service->wanted.name, name,
                  server->base_weight);
    if (was_disabled != s.disabled)
        log::info("service {}: {} is {} now, as set at a peer", service->wanted.name, name,
                  s.disabled ? "disabled" : "enabled");
}

void replication::tell_settings() {
    const std::uint64_t version = plane_.services().settings_version();
    if (version == std::exchange(settings_version_, version)) return;
    std::vector<sync::setting> all;
    plane_.services().for_each_server_of(
        [&](const plane::known_service&, const plane::known_server& server) {
            if (server.set_at == 0 || server.removed_at != 0) return;
            const auto* const its = names_->at(server.id);
            if (its == nullptr) return;
            const bool as_in_file = server.base_weight == server.configured_weight;
            all.push_back(
                {.server = its->name,
                 .at = server.set_at,
                 .weight = as_in_file ? sync::setting::of_the_file
                                      : static_cast<std::uint32_t>(server.base_weight),
                 .disabled = plane_.state().servers->load(server.id).is(server_load::disabled)});
        });
    engine_->set_settings(std::make_shared<const std::vector<sync::setting>>(std::move(all)));
}

replication::~replication() {
    if (timer_) loop_.cancel(*timer_);
    if (settings_timer_) loop_.cancel(*settings_timer_);
}

void replication::flush(std::function<void()> done) {
    if (!engine_) return done();
    exchange_settings();
    engine_->flush();
    flushed_ = std::move(done);
    flush_ends_ = loop_.now() + most_flush;
    if (!timer_) timer_ = loop_.every(flush_interval, [this] { finish_flush(); });
}

void replication::finish_flush() {
    if (!flushed_ || (!engine_->flushed() && loop_.now() < flush_ends_)) return;
    std::exchange(flushed_, nullptr)();
}

bool replication::is_connected() const {
    if (!engine_) return false;
    const auto all = engine_->status();
    return std::ranges::any_of(all,
                               [](const sync::peer_status& p) { return p.tells || p.listens; });
}

std::vector<command::peer_info> replication::describe() const {
    std::vector<command::peer_info> all;
    if (!engine_) return all;
    for (const sync::peer_status& p : engine_->status())
        all.push_back({.name = p.name,
                       .director = p.director,
                       .address = to_string(p.address, p.port),
                       .in_step = p.in_step(),
                       .tells = p.tells,
                       .listens = p.listens,
                       .filled = p.filled,
                       .lag = p.lag,
                       .told = p.told,
                       .adopted = p.adopted,
                       .no_room_there = p.no_room_there,
                       .no_room_here = p.no_room_here,
                       .unknown_there = p.unknown_there,
                       .unknown_here = p.unknown_here,
                       .first_unknown = p.first_unknown,
                       .files_differ = p.files_differ,
                       .losses = p.losses,
                       .since = p.since,
                       .why = p.why});
    return all;
}

} // namespace weir::director
